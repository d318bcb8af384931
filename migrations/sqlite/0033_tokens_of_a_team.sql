-- SQLite has no roles: the team that a statement names itself is the guard.
select 1;
