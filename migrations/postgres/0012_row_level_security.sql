-- The database knows the team: a unit of work names its role, and its team, as it begins (`src/store/rights.rs`).
--
-- As switchboard_team it sees and changes the rows of the team it named, and nothing while it named none; as switchboard_spanning the rows of
-- every team, with no more verbs than claims, the recording of heartbeats, retention and sign-in take. Whoever owns the tables is held to the
-- same, so a later migration that changes rows begins with `set local role switchboard_spanning` and ends with `reset role`; else it meets none.
-- Where `search_path` says "$user" that names the role then, so it says before: `select set_config('search_path', quote_ident(current_schema()), true)`.
-- A later table is given its policies and its verbs by the migration that makes it.

do $$
declare
    of_team constant text := 'nullif(current_setting(''switchboard.team'', true), '''')::uuid';
    t record;
    guard text;
begin
    execute format('grant usage on schema %I to switchboard_team, switchboard_spanning', current_schema());
    for t in
        select * from (values
            -- table, the column that says whose a row is, what a team may do with its own, what may be done across teams
            ('teams', 'id', 'select, update', 'select, insert, update'),
            ('team_keys', 'team_id', 'select, insert', ''),
            ('memberships', 'team_id', 'select', 'select, insert, update, delete'),
            ('invitations', 'team_id', 'select, delete', 'select, insert, delete'),
            ('api_tokens', 'team_id', 'select, delete', 'select, insert, update, delete'),
            ('service_connection_profiles', 'team_id', 'select, insert, update', 'select, update'),
            ('connection_verifications', 'team_id', 'select, insert, update', 'select, update, delete'),
            ('connection_changes', 'team_id', 'select, insert', 'select, delete'),
            ('error_events', 'team_id', 'select, insert', 'select, insert, update, delete'),
            ('idempotency_keys', 'team_id', 'select, insert, update, delete', 'select, delete'),
            ('diagnostic_test_runs', 'team_id', 'select, insert, update', 'select, update, delete'),
            ('diagnostic_results', 'team_id', 'select, insert', 'select, delete'),
            ('evidence', 'team_id', 'select, insert', 'select, delete'),
            ('evidence_manifests', 'team_id', 'select, insert', 'select, update, delete'),
            ('notifications', 'team_id', 'select, insert, update', 'select, insert, delete'),
            ('connection_schedules', 'team_id', 'select, insert, update', 'select, update'),
            ('service_connection_heartbeats', 'team_key', 'select, insert, update', 'select, insert, update, delete'),
            ('heartbeat_hours', 'team_key', 'select', 'select, insert, update, delete'),
            ('heartbeat_days', 'team_key', 'select', 'select, insert, update, delete'),
            ('service_health_snapshots', 'team_id', 'select, insert, update', 'select, update'),
            ('incidents', 'team_id', 'select, update', 'select, insert, update, delete'),
            ('incident_timeline', 'team_id', 'select, insert', 'select, insert, delete'),
            ('maintenance_windows', 'team_id', 'select, insert, update, delete', 'select, delete'),
            ('audit_entries', 'team_id', 'select, insert', 'select, insert'),
            ('audit_heads', 'team_id', 'select, insert, update', 'select, insert, update'),
            -- Of no team.
            ('operators', null, '', 'select, insert, update, delete'),
            ('sessions', null, '', 'select, insert, update, delete'),
            ('setup_links', null, '', 'select, insert, delete'),
            ('heartbeat_nodes', null, '', 'select, insert, update, delete'),
            ('master_keys', null, '', 'select, insert, update'),
            ('write_checks', null, '', 'select, insert, update')
        ) as rights (name, owner, within, across)
    loop
        if t.within <> '' then
            execute format('grant %s on %I to switchboard_team', t.within, t.name);
        end if;
        if t.across <> '' then
            execute format('grant %s on %I to switchboard_spanning', t.across, t.name);
        end if;
        continue when t.owner is null;
        guard := case
            when t.owner = 'team_key' then format('team_key = (select key from team_keys where team_id = %s)', of_team)
            else format('%I = %s', t.owner, of_team)
        end;
        execute format('alter table %I enable row level security, force row level security', t.name);
        execute format('create policy of_team on %I to switchboard_team using (%s) with check (%s)', t.name, guard, guard);
        -- For who has taken the role, not for who merely may.
        execute format('create policy spanning on %I to switchboard_spanning using (current_user = ''switchboard_spanning'')', t.name);
    end loop;
    -- Whether the key that an entry of the audit log was made under has been retired.
    grant select (id, retired_at) on master_keys to switchboard_team;
    -- What went wrong while nobody was signed in is shown to every team.
    execute format('create policy of_nobody on error_events for select to switchboard_team using (team_id is null and %s is not null)', of_team);
end
$$;
