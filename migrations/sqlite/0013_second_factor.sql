-- What people prove beside their password who they are with: the codes of an app (RFC 6238).
create table second_factors (
    operator_id blob primary key references operators (id),
    -- From which the codes are computed, sealed for this person.
    seed blob not null,
    created_at text not null,
    -- Absent until a code has shown that the app has the seed; before that it does not count.
    confirmed_at text,
    -- The time step of the last code that was accepted: a code counts once, whichever node it reaches.
    last_step integer not null
) strict, without rowid;

-- For whoever has lost the app: each counts once.
create table recovery_codes (
    operator_id blob not null references operators (id),
    -- SHA-256 of the code.
    code_hash blob not null,
    primary key (operator_id, code_hash)
) strict, without rowid;

-- Whose second factor was given up with the master key of its seed. Whoever does that has no key to write the log with: the next start tells it.
create table second_factors_given_up (
    operator_id blob primary key references operators (id) on delete cascade
) strict, without rowid;

-- People without a second factor may do nothing in the team but set one up.
alter table teams add column requires_second_factor integer not null default 0;
