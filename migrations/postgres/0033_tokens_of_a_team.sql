-- Tokens and invitations are made within the team that they lead into, and nowhere else. Across teams they are found by their secrets, and end with
-- whoever made them.
grant insert, update on api_tokens to switchboard_team;
grant insert on invitations to switchboard_team;
revoke insert on api_tokens, invitations from switchboard_spanning;
