-- What people prove beside their password who they are with: the codes of an app (RFC 6238). Of no team, as the people are.
create table second_factors (
    operator_id uuid primary key references operators (id),
    -- From which the codes are computed, sealed for this person.
    seed bytea not null,
    created_at timestamptz not null,
    -- Absent until a code has shown that the app has the seed; before that it does not count.
    confirmed_at timestamptz,
    -- The time step of the last code that was accepted: a code counts once, whichever node it reaches.
    last_step bigint not null
);

-- For whoever has lost the app: each counts once.
create table recovery_codes (
    operator_id uuid not null references operators (id),
    -- SHA-256 of the code.
    code_hash bytea not null,
    primary key (operator_id, code_hash)
);

-- Whose second factor was given up with the master key of its seed. Whoever does that has no key to write the log with: the next start tells it.
create table second_factors_given_up (
    operator_id uuid primary key references operators (id) on delete cascade
);

grant select, insert, update, delete on second_factors to switchboard_spanning;
grant select, insert, delete on recovery_codes to switchboard_spanning;
grant select, insert, delete on second_factors_given_up to switchboard_spanning;

-- People without a second factor may do nothing in the team but set one up.
alter table teams add column requires_second_factor boolean not null default false;
