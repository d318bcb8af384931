-- Which cause a failed scenario was of, by which runbooks are offered.
alter table diagnostic_results add column cause text;
