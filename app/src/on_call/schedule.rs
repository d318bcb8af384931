//! `/settings/on-call/schedule`: whose turn it is, who takes over for a while, and the calendar of it.

use std::time::Duration;

use domain::{
    business_hours::{Day, local_minute},
    error::UserError,
    ids::{Id, ScheduleId},
    on_call::{Contact, OnCallSchedule, Rotation, Stored},
    permission::Permission,
};
use engine::on_call::{self, OnCall, resources};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::{
    LIST, asked_for, changed,
    server_fns::{AddOverride, IssueCalendar, RemoveOverride, RemoveSchedule, RevokeCalendar, SaveSchedule},
    shifts::Shifts,
};
use crate::{
    authorize::in_scope,
    issued::{self, Issued, shown_once},
    session::server_fns::session,
    ui::{
        field::{About, AreaField, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
        remove::AskToRemove,
        table::{DataTable, heads, unseen_head},
    },
};

const FOUR_WEEKS: Duration = Duration::from_secs(28 * 24 * 60 * 60);

struct Shown {
    schedule: Option<Stored<OnCallSchedule>>,
    contacts: Vec<Stored<Contact>>,
    coming: Vec<OnCall>,
    issued: Option<Issued>,
}

#[component]
pub fn SchedulePage() -> impl IntoView {
    page(read(asked_for(), issued::asked_for()))
}

async fn read(id: Option<Id<()>>, issued: Option<String>) -> Result<PageContent, UserError> {
    let session = session().await?;
    let shown = in_scope(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let schedule = match id {
            Some(id) => Some(resources::get::<OnCallSchedule>(&scope, id).await?),
            None => None,
        };
        let now = scope.console().clock.now();
        let mut coming = on_call::shifts(&scope, now, now + FOUR_WEEKS).await?;
        coming.retain(|shift| id.is_some_and(|id| id.as_uuid() == shift.schedule_id.as_uuid()));
        let contacts = resources::list(&scope).await?;
        // Last of all: it can be taken once.
        let issued = match issued {
            Some(id) => issued::take(scope.console(), &session, &id).await?,
            None => None,
        };
        Ok(Shown { schedule, contacts, coming, issued })
    })
    .await?;
    let title = shown.schedule.as_ref().map_or_else(|| "New schedule".to_owned(), |schedule| schedule.of.name.clone());
    Ok(PageContent::new(title.clone(), body(title, shown)).under("On call", LIST))
}

fn body(title: String, shown: Shown) -> impl IntoView {
    let Shown { schedule, contacts, coming, issued } = shown;
    let stands = schedule.as_ref().map(|schedule| (schedule.id, schedule.version));
    let of = schedule.as_ref().map(|schedule| schedule.of.clone()).unwrap_or_default();
    let issued = issued.map(|Issued { name, secret, .. }| {
        shown_once(
            format!("The calendar of “{name}”"),
            "Add this address to a calendar program. It is kept only as a hash and cannot be shown again.".into(),
            &secret,
        )
    });
    let more = schedule.map(|schedule| {
        view! {
            <Overrides schedule=schedule.clone() contacts=contacts.clone()/>
            <section class="card table-box" aria-labelledby="coming">
                <header>
                    <h2 id="coming">"The next four weeks"</h2>
                    <p>"By your own clock."</p>
                </header>
                <Shifts caption="The next four weeks" shifts=coming/>
            </section>
            <End id=ScheduleId::from_uuid(schedule.id.as_uuid()) name=schedule.of.name/>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"People take turns by the clock of one time zone, over every change of daylight saving."</p>
            </div>
        </div>
        <div class="stack">
            {issued}
            <Form stands=stands of=of contacts=contacts/>
            {more}
        </div>
    }
}

#[component]
fn Form(stands: Option<(Id<()>, i64)>, of: OnCallSchedule, contacts: Vec<Stored<Contact>>) -> impl IntoView {
    let form_state = FormState::of::<SaveSchedule>();
    let people = of.contact_ids.iter().filter_map(|id| contacts.iter().find(|contact| contact.id.as_uuid() == id.as_uuid()));
    let people = people.map(|contact| contact.of.name.clone()).collect::<Vec<_>>().join("\n");
    let known = if contacts.is_empty() {
        "Names of contacts, one a line, in their order. There are no contacts yet: add them first.".to_owned()
    } else {
        let names = contacts.iter().map(|contact| contact.of.name.clone()).collect::<Vec<_>>().join(", ");
        format!("Names of contacts, one a line, in their order: {names}.")
    };
    let rotations = [(Rotation::Daily, "Each day"), (Rotation::Weekly, "Each week")].map(|(rotation, word)| (rotation.to_string(), word.to_owned()));
    view! {
        <section class="card" aria-labelledby="schedule">
            <header>
                <h2 id="schedule">"Schedule"</h2>
            </header>
            <ActionForm<SaveSchedule>>
                <div class="form-section">
                    {stands.map(|stands| changed(stands, &form_state))}
                    <TextField about=About::new("name", "Name").required() form_state=form_state.clone() value=of.name/>
                    <AreaField about=About::new("people", "People").required().hint(known) form_state=form_state.clone() value=people/>
                    <SelectField
                        about=About::new("rotation", "Hands over")
                        form_state=form_state.clone()
                        value=of.rotation.to_string()
                        choices=rotations.into()
                    />
                    <SelectField
                        about=About::new("hand_over_day", "On").hint("Of a weekly rotation.")
                        form_state=form_state.clone()
                        value=of.hand_over_day.to_string()
                        choices=days()
                    />
                    <TextField about=About::new("hand_over_time", "At").required() form_state=form_state.clone() kind="time" value=of.hand_over_time.to_string()/>
                    <TextField
                        about=About::new("time_zone", "Time zone").required().hint("As IANA names it: Europe/Berlin.")
                        form_state=form_state.clone()
                        value=of.time_zone.name()
                    />
                    <TextField
                        about=About::new("starts_on", "First day").required().hint("The first of the people begins on this day, or in its week.")
                        form_state=form_state
                        kind="date"
                        value=of.starts_on.to_string()
                    />
                    <Submit label="Save schedule" progress="Saving…"/>
                </div>
            </ActionForm<SaveSchedule>>
        </section>
    }
}

pub fn days() -> Vec<(String, String)> {
    Day::iter().map(|day| (day.to_string(), capital(day))).collect()
}

/// As a sentence and a list write it: `Monday`.
pub fn capital(day: Day) -> String {
    let word = day.to_string();
    word.get(..1).map(str::to_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default()
}

#[component]
fn Overrides(schedule: Stored<OnCallSchedule>, contacts: Vec<Stored<Contact>>) -> impl IntoView {
    let form_state = FormState::of::<AddOverride>();
    let (id, version, zone) = (schedule.id, schedule.version, schedule.of.time_zone);
    let name_of = |id: String| contacts.iter().find(|contact| contact.id.to_string() == id).map(|contact| contact.of.name.clone()).unwrap_or_default();
    let rows: Vec<_> = schedule
        .of
        .overrides
        .iter()
        .enumerate()
        .map(|(number, other)| {
            view! {
                <tr role="row">
                    <td role="cell" class="name">
                        <strong>{name_of(other.contact_id.to_string())}</strong>
                    </td>
                    <td role="cell" data-label="From">
                        {local_minute(zone, other.starts_at)}
                    </td>
                    <td role="cell" data-label="Until">
                        {local_minute(zone, other.ends_at)}
                    </td>
                    <td role="cell" class="end">
                        <ActionForm<RemoveOverride>>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <input type="hidden" name="version" value=version.to_string()/>
                            <input type="hidden" name="number" value=number.to_string()/>
                            <Submit label="Remove" progress="Removing…" class="small danger"/>
                        </ActionForm<RemoveOverride>>
                    </td>
                </tr>
            }
        })
        .collect();
    let listed = (!rows.is_empty()).then(|| {
        let mut heads = heads(["Who", "From", "Until"]);
        heads.push(unseen_head("Acts"));
        view! {
            <DataTable caption="Overrides" heads=heads>
                {rows}
            </DataTable>
        }
    });
    let choices = contacts.iter().map(|contact| (contact.id.to_string(), contact.of.name.clone())).collect();
    view! {
        <section class="card table-box" aria-labelledby="overrides">
            <header>
                <h2 id="overrides">"Somebody takes over"</h2>
                <p>{format!("By the clock in {zone}.")}</p>
            </header>
            {listed}
            <ActionForm<AddOverride>>
                <div class="form-section">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <SelectField about=About::new("contact_id", "Who") form_state=form_state.clone() value="" choices=choices/>
                    <TextField
                        about=About::new("starts_at", "From").required()
                        form_state=form_state.clone()
                        kind="datetime-local"
                    />
                    <TextField about=About::new("ends_at", "Until").required() form_state=form_state kind="datetime-local"/>
                    <Submit label="Add override" progress="Adding…" class=""/>
                </div>
            </ActionForm<AddOverride>>
        </section>
    }
}

#[component]
fn End(id: ScheduleId, name: String) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="calendar">
            <header>
                <h2 id="calendar">"Calendar"</h2>
            </header>
            <div class="body stack">
                <p>"Calendar programs read who is on call from an address with a secret of its own. A new one takes the place of an earlier one."</p>
                <div class="buttons">
                    <ActionForm<IssueCalendar>>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Submit label="Make an address" progress="Making…" class=""/>
                    </ActionForm<IssueCalendar>>
                    <ActionForm<RevokeCalendar>>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Submit label="Take it back" progress="Taking back…" class=""/>
                    </ActionForm<RevokeCalendar>>
                    <AskToRemove<RemoveSchedule> id=id.to_string() name=name consequence="Nobody is on call by it any more." button="Remove the schedule"/>
                </div>
            </div>
        </section>
    }
}
