//! What must hold after any fault: every due slot has exactly one row, every incident was told of exactly once.

use engine::Console;
use sqlx::Row;
use store::db::Pool;

/// Slots of the stretch without holes that have no row, over all connections; and rows of it beyond one a slot.
const SLOTS: &str = "select s.key, (s.next_slot - s.begins_at) / s.interval_seconds as due,
    (select count(*) from service_connection_heartbeats h where h.connection_key = s.key and h.slot >= s.begins_at and h.slot < s.next_slot
        and (h.slot - s.begins_at) % s.interval_seconds = 0) as kept from connection_schedules s";
/// Unresolved incidents have one notification, those that ended by themselves two, those that a person resolved one.
const OUTBOX: &str = "select count(*) from incidents i where (select count(*) from notifications n where n.incident_id = i.id) <>
    1 + (select count(*) from incident_timeline t where t.incident_id = i.id and t.kind = 'recovered')";
const DANGLING: &str = "select count(*) from service_health_snapshots s left join incidents i on i.id = s.open_incident_id
    where (s.open_incident_id is not null and (i.id is null or i.status = 'resolved'))
    or exists (select 1 from incidents o where o.connection_id = s.connection_id and o.status <> 'resolved' and o.declared_by is null and s.open_incident_id is distinct from o.id)";

/// # Panics
/// Something was lost or doubled.
pub async fn check(console: &Console, after: &str) {
    macro_rules! on_reader {
        (|$pool:ident| $body:expr) => {
            match &console.db.writer {
                Pool::Sqlite($pool) => $body,
                Pool::Postgres($pool) => $body,
            }
        };
    }
    let slots: Vec<(i32, i64, i64)> =
        on_reader!(|pool| sqlx::query(SLOTS).fetch_all(pool).await.expect("slots").iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect());
    for (key, due, kept) in slots {
        assert_eq!(due, kept, "slots of connection {key} after {after}");
    }
    let wrong: i64 = on_reader!(|pool| sqlx::query_scalar(OUTBOX).fetch_one(pool).await.expect("outbox"));
    assert_eq!(wrong, 0, "incidents not told of once, after {after}");
    let dangling: i64 = on_reader!(|pool| sqlx::query_scalar(DANGLING).fetch_one(pool).await.expect("snapshots"));
    assert_eq!(dangling, 0, "snapshots that disagree with incidents, after {after}");
    if let Pool::Sqlite(pool) = &console.db.writer {
        let integrity: String = sqlx::query_scalar("pragma integrity_check").fetch_one(pool).await.expect("integrity");
        assert_eq!(integrity, "ok", "after {after}");
        let foreign = sqlx::query("pragma foreign_key_check").fetch_all(pool).await.expect("foreign keys");
        assert!(foreign.is_empty(), "foreign keys after {after}");
    }
}
