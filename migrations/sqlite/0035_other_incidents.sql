-- Which other incident a line of the time line names. Of lines written before, it is known of those that are still merged.
alter table incident_timeline add column other_id blob;
update incident_timeline set other_id = (select i.merged_into from incidents i where i.id = incident_timeline.incident_id)
    where (kind = 'merged' and text like 'Into: %') or text like 'With the incident that it is merged into: %';
