-- What people sign in with instead of a password (WebAuthn). Of no team, as the people are.
create table passkeys (
    id uuid primary key,
    operator_id uuid not null references operators (id),
    -- By which a browser names it.
    credential_id bytea not null unique,
    -- Its public key, and what was said of it when it was made.
    public_key bytea not null,
    -- What each sign-in may change: how often it signed, and whether its maker keeps a copy.
    state bytea not null,
    name text not null,
    created_at timestamptz not null,
    -- A challenge that was made before this moment signs nobody in: each counts once, whichever node it reaches.
    last_used_at timestamptz
);

create index passkeys_operator on passkeys (operator_id);

grant select, insert, update, delete on passkeys to switchboard_spanning;
