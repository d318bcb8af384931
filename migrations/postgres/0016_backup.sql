-- A backup reads what spans teams.
grant select on team_keys to switchboard_spanning;
