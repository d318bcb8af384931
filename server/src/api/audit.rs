//! `/api/audit`: who did what to which thing, from where.

use axum::{
    body::Body,
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    audit::{AuditAct, AuditEntry, AuditFilter},
    error::ErrorCode,
    time::Timestamp,
};
use engine::{OpsError, audit};
use futures::stream;
use serde::Deserialize;
use tower_sessions::Session;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadAudit},
    diagnostics::attachment,
    input::Query,
    paging::{self, Page},
};
use crate::{auth, problem::Problem, state::AppState};

/// Entries of an export that are read together.
const EXPORTED: u32 = 1_000;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Whole, as the log shows it: an e-mail address, `token NAME` or `command line`.
    actor: Option<String>,
    act: Option<AuditAct>,
    /// A sort of thing, such as `connection`, or the id of one.
    thing: Option<String>,
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's audit log, the newest entry first.
#[utoipa::path(get, operation_id = "list_audit_entries", path = "/api/audit", tag = "audit", params(ListQuery),
    responses((status = OK, body = Page<AuditEntry>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadAudit>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = AuditFilter { actor: query.actor, act: query.act, thing: query.thing, from: query.from, to: query.to };
        audit::list(&scope, &filter, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

/// How an export is written.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One JSON object a line.
    Jsonl,
    /// For tables; a cell that a table would calculate begins with an apostrophe.
    Csv,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    format: ExportFormat,
    actor: Option<String>,
    act: Option<AuditAct>,
    thing: Option<String>,
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// All that matches, to be kept elsewhere. Taking it away is an entry of its own.
#[utoipa::path(get, operation_id = "export_audit_entries", path = "/api/audit/export", tag = "audit", params(ExportQuery),
    responses((status = OK, content((String = "application/jsonl"), (String = "text/csv"))), (status = "4XX", body = Problem)))]
async fn export(State(state): State<AppState>, session: Session, caller: Caller<ReadAudit>, Query(query): Query<ExportQuery>) -> Result<Response, Problem> {
    let since = state.console.clock.now();
    caller.call(|scope| async move { audit::export(&scope).await }).await?;
    let filter = AuditFilter { actor: query.actor, act: query.act, thing: query.thing, from: query.from, to: query.to };
    let body = Body::from_stream(stream::try_unfold(Export { state, session, since, caller, filter, format: query.format, place: Place::First }, next_part));
    let (media_type, name) = match query.format {
        ExportFormat::Jsonl => ("application/jsonl", "audit.jsonl"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "audit.csv"),
    };
    Ok(attachment(media_type, name, body.into_response()))
}

/// Why a part could not be written.
type Unwritable = Box<dyn std::error::Error + Send + Sync>;

/// An export under way.
struct Export {
    state: AppState,
    session: Session,
    /// When it began.
    since: Timestamp,
    caller: Caller<ReadAudit>,
    filter: AuditFilter,
    format: ExportFormat,
    place: Place,
}

enum Place {
    First,
    At(String),
    End,
}

async fn next_part(export: Export) -> Result<Option<(Bytes, Export)>, OpsError> {
    let Export { state, session, since, caller, filter, format, place } = export;
    let (cursor, is_first) = match place {
        Place::First => (None, true),
        Place::At(cursor) => (Some(cursor), false),
        Place::End => return Ok(None),
    };
    let reading = caller.run(|scope| {
        let (state, session) = (state.clone(), session.clone());
        async move {
            // A slow reader may have been put out since the last part.
            if !auth::is_still(&state, scope.actor(), &session, since).await? {
                return Err(ErrorCode::Forbidden.into());
            }
            let page = audit::list(&scope, &filter, EXPORTED, cursor.as_deref()).await?;
            Ok((filter, page))
        }
    });
    let (filter, (entries, next)) = reading.await?;
    let part = match format {
        ExportFormat::Jsonl => json_lines(&entries),
        ExportFormat::Csv => table(&entries, is_first),
    };
    let place = next.map_or(Place::End, Place::At);
    Ok(Some((part.map_err(|error| OpsError::Audit(error.to_string()))?.into(), Export { state, session, since, caller, filter, format, place })))
}

fn json_lines(entries: &[AuditEntry]) -> Result<Vec<u8>, Unwritable> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

const HEAD: [&str; 10] = ["sequence", "at", "actor", "act", "thing", "thing_id", "from", "correlation_id", "detail", "sentence"];

fn table(entries: &[AuditEntry], with_head: bool) -> Result<Vec<u8>, Unwritable> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    if with_head {
        rows.write_record(HEAD)?;
    }
    for entry in entries {
        let cells = [
            entry.sequence.to_string(),
            entry.at.to_string(),
            entry.actor.clone(),
            entry.act.clone(),
            entry.thing.clone(),
            entry.thing_id.clone().unwrap_or_default(),
            entry.from.clone(),
            entry.correlation_id.clone(),
            serde_json::to_string(&entry.detail)?,
            entry.sentence(),
        ];
        rows.write_record(cells.into_iter().map(harmless))?;
    }
    Ok(rows.into_inner()?)
}

/// What a table would take for a formula is made a text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use domain::audit::AuditDetail;

    use super::*;

    #[test]
    fn a_table_calculates_nothing() {
        let name = Some("=cmd|' /C calc'!A0".to_owned());
        let entry = |actor: &str| AuditEntry {
            sequence: 1,
            at: Timestamp::from_millis(0),
            actor: actor.into(),
            act: AuditAct::SignedIn.to_string(),
            thing: "operator".into(),
            thing_id: name.clone(),
            from: "192.0.2.1".into(),
            correlation_id: "a,b".into(),
            detail: AuditDetail { name: Some("say \"hello\"".into()), ..AuditDetail::default() },
        };
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let text = String::from_utf8(table(&[entry(formula)], true).expect("a table")).expect("text");
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            let row = rows.records().next().expect("a row").expect("cells");
            assert_eq!((&row[2], &row[5], &row[7]), (&*format!("'{formula}"), "'=cmd|' /C calc'!A0", "a,b"));
            assert_eq!((&row[8], &row[9]), (r#"{"name":"say \"hello\""}"#, "Signed in"));
        }
        let lines = String::from_utf8(json_lines(&[entry("=1"), entry("a\nb")]).expect("lines")).expect("text");
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.starts_with(r#"{"sequence":1,"at":"1970-01-01T00:00:00.000Z","actor":"=1""#), "{lines}");
    }
}
