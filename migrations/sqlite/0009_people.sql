-- Someone who is disabled can neither sign in nor use what they made.
alter table operators add column disabled_at text;

-- Sessions of this person that entered the team before this moment are dead: they joined, or got another role.
alter table memberships add column sessions_valid_from text;

create index memberships_by_operator on memberships (operator_id);

-- Whose session it is, so that a person can list and end theirs; absent before anyone has signed in with it.
alter table sessions add column operator_id blob;

create index sessions_by_operator on sessions (operator_id);

create table invitations (
    id blob primary key,
    team_id blob not null references teams (id),
    email text not null,
    role text not null check (role in ('viewer', 'operator', 'admin')),
    -- SHA-256 of the token in the link.
    token_hash blob not null unique,
    created_by text not null,
    -- The person it goes back to, whoever acted for them.
    creator_id blob references operators (id),
    created_at text not null,
    expires_at text not null
) strict;

create index invitations_by_creator on invitations (creator_id);
create unique index invitations_email on invitations (team_id, email);

-- Absent: all of them.
alter table api_tokens add column environments text;
alter table api_tokens add column permissions text;
alter table api_tokens add column expires_at text;
alter table api_tokens add column created_by text not null default '';
-- The person it goes back to, whoever acted for them.
alter table api_tokens add column creator_id blob references operators (id);
-- The secret before the last rotation, which is good until then.
alter table api_tokens add column previous_hash blob;
alter table api_tokens add column previous_until text;

create unique index api_tokens_previous on api_tokens (previous_hash);
create index api_tokens_by_creator on api_tokens (creator_id);
