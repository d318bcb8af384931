-- What people sign in with instead of a password (WebAuthn). Of no team, as the people are.
create table passkeys (
    id blob primary key,
    operator_id blob not null references operators (id),
    -- By which a browser names it.
    credential_id blob not null unique,
    -- Its public key, and what was said of it when it was made.
    public_key blob not null,
    -- What each sign-in may change: how often it signed, and whether its maker keeps a copy.
    state blob not null,
    name text not null,
    created_at text not null,
    -- A challenge that was made before this moment signs nobody in: each counts once, whichever node it reaches.
    last_used_at text
) strict, without rowid;

create index passkeys_operator on passkeys (operator_id);
