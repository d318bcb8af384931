-- Who did what: a chain for each team, each entry under a MAC that covers the one before.
create table audit_entries (
    team_id blob not null references teams (id),
    sequence integer not null,
    at text not null,
    actor text not null,
    -- Of the person or token; absent for the command line and for whoever was refused.
    actor_id blob,
    act text not null,
    thing text not null,
    thing_id text,
    -- The client's address, or `command line`.
    client text not null,
    correlation_id text not null,
    detail text not null,
    -- Which master key the key of the MAC is derived from.
    key_id text not null,
    -- MAC of the entry before; absent in the first.
    previous blob,
    mac blob not null,
    primary key (team_id, sequence)
) strict;

create index audit_entries_of_thing on audit_entries (team_id, thing_id, sequence);

-- The last entry of each team, held while one is appended, and sealed, so that a log cut short is noticed.
create table audit_heads (
    team_id blob primary key references teams (id),
    sequence integer not null,
    -- Absent only while the first entry is being written.
    key_id text,
    mac blob,
    seal blob
) strict;

create trigger audit_entries_stay before update on audit_entries
begin
    select raise(abort, 'the audit log is append-only');
end;

create trigger audit_entries_are_kept before delete on audit_entries
begin
    select raise(abort, 'the audit log is append-only');
end;

-- What an insert replaces fires no trigger of its own.
create trigger audit_entries_are_not_replaced before insert on audit_entries
when exists (select 1 from audit_entries where team_id = new.team_id and sequence = new.sequence)
begin
    select raise(abort, 'the audit log is append-only');
end;

create trigger audit_heads_stay before delete on audit_heads
begin
    select raise(abort, 'the audit log is append-only');
end;

-- The master keys that something is sealed under, or was.
create table master_keys (
    -- The first bytes of its SHA-256, in hex; sealed values begin with them.
    id text primary key,
    -- Derived from the key: tells it from another one of the same id.
    check_value blob not null,
    -- The key of the audit log's MACs that is derived from it, sealed under the current key, so that old entries can still be verified.
    audit_key blob not null,
    -- Of the key that is derived from it to sign evidence.
    evidence_public_key text not null,
    created_at text not null,
    -- Nothing is sealed under it any more.
    retired_at text
) strict;
