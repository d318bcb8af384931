-- Who did what: a chain for each team, each entry under a MAC that covers the one before.
create table audit_entries (
    team_id uuid not null references teams (id),
    sequence bigint not null,
    at timestamptz not null,
    actor text not null,
    -- Of the person or token; absent for the command line and for whoever was refused.
    actor_id uuid,
    act text not null,
    thing text not null,
    thing_id text,
    -- The client's address, or `command line`.
    client text not null,
    correlation_id text not null,
    detail jsonb not null,
    -- Which master key the key of the MAC is derived from.
    key_id text not null,
    -- MAC of the entry before; absent in the first.
    previous bytea,
    mac bytea not null,
    primary key (team_id, sequence)
);

create index audit_entries_of_thing on audit_entries (team_id, thing_id, sequence);

-- The last entry of each team, held while one is appended, and sealed, so that a log cut short is noticed.
create table audit_heads (
    team_id uuid primary key references teams (id),
    sequence bigint not null,
    -- Absent only while the first entry is being written.
    key_id text,
    mac bytea,
    seal bytea
);

create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'integrity_constraint_violation';
end
$$;

create trigger audit_entries_stay before update or delete on audit_entries for each row execute function refuse_change_of_audit();
create trigger audit_entries_are_not_truncated before truncate on audit_entries for each statement execute function refuse_change_of_audit();
create trigger audit_heads_stay before delete on audit_heads for each row execute function refuse_change_of_audit();
create trigger audit_heads_are_not_truncated before truncate on audit_heads for each statement execute function refuse_change_of_audit();

-- The master keys that something is sealed under, or was.
create table master_keys (
    -- The first bytes of its SHA-256, in hex; sealed values begin with them.
    id text primary key,
    -- Derived from the key: tells it from another one of the same id.
    check_value bytea not null,
    -- The key of the audit log's MACs that is derived from it, sealed under the current key, so that old entries can still be verified.
    audit_key bytea not null,
    -- Of the key that is derived from it to sign evidence.
    evidence_public_key text not null,
    created_at timestamptz not null,
    -- Nothing is sealed under it any more.
    retired_at timestamptz
);
