-- A token that is revoked takes along what was made with it: whoever had it may have made a way back in.
alter table api_tokens add column made_with uuid references api_tokens (id) on delete cascade;
alter table invitations add column made_with uuid references api_tokens (id) on delete cascade;
create index api_tokens_made_with on api_tokens (made_with) where made_with is not null;
create index invitations_made_with on invitations (made_with) where made_with is not null;
