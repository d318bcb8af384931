-- Who a person is at the identity provider. An account is found by this, never by its address alone.
create table identities (
    issuer text not null,
    subject text not null,
    operator_id uuid not null references operators (id) on delete cascade,
    created_at timestamptz not null,
    primary key (issuer, subject),
    -- One each, so that nobody comes in by two.
    unique (operator_id, issuer)
);

-- Of no team, as operators are.
grant select, insert, delete on identities to switchboard_spanning;
