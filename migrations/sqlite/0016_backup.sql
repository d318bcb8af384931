-- SQLite has no roles.
select 1;
