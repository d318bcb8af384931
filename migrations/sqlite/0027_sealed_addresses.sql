-- Whether the node finds addresses of chats and headers of templates among the sealed secrets. While one lives that does not, those that stand in
-- the settings stay there: it could not send.
alter table heartbeat_nodes add column opens_addresses integer not null default false;
