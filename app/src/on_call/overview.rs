//! `/settings/on-call`: who is on call now and for four weeks, and whatever that is made of.

use std::time::Duration;

use domain::{
    error::UserError,
    ids::Id,
    on_call::{Contact, EscalationPolicy, OnCallSchedule, Rotation, Stored},
    permission::Permission,
};
use engine::on_call::{self, OnCall, resources};
use leptos::prelude::*;

use super::{CONTACT, ESCALATION, SCHEDULE, form_of, schedule::capital, shifts::Shifts};
use crate::{
    authorize::{in_scope, may},
    severity,
    ui::{
        empty::Empty,
        icon::{BELL, Icon, PLUS},
        markup::{IntoMarkup, Markup},
        page::{PageContent, page},
        table::{DataTable, heads},
    },
};

const FOUR_WEEKS: Duration = Duration::from_secs(28 * 24 * 60 * 60);

struct Shown {
    now: Vec<OnCall>,
    coming: Vec<OnCall>,
    contacts: Vec<Stored<Contact>>,
    schedules: Vec<Stored<OnCallSchedule>>,
    policies: Vec<Stored<EscalationPolicy>>,
}

#[component]
pub fn OnCallPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let shown = in_scope(async |scope| {
        let now = scope.console().clock.now();
        Ok(Shown {
            now: on_call::who(&scope, now).await?,
            coming: on_call::shifts(&scope, now, now + FOUR_WEEKS).await?,
            contacts: resources::list(&scope).await?,
            schedules: resources::list(&scope).await?,
            policies: resources::list(&scope).await?,
        })
    })
    .await?;
    Ok(PageContent::new("On call", body(shown)))
}

fn body(shown: Shown) -> impl IntoView {
    let Shown { now, coming, contacts, schedules, policies } = shown;
    let nobody = now.is_empty();
    let on_call = if nobody {
        view! {
            <Empty
                icon=BELL
                title="Nobody is on call"
                text="Add contacts, then a schedule of whose turn it is. Until then an incident is told on channels alone."
            />
        }
        .into_markup()
    } else {
        view! { <Shifts caption="On call now" shifts=now/> }.into_markup()
    };
    let contacts: Vec<_> = contacts.into_iter().map(|contact| line(CONTACT, contact.id, &contact.of.name, ways(&contact.of)).into_markup()).collect();
    let schedules: Vec<_> = schedules.into_iter().map(|schedule| line(SCHEDULE, schedule.id, &schedule.of.name, turns(&schedule.of)).into_markup()).collect();
    let policies: Vec<_> = policies.into_iter().map(|policy| line(ESCALATION, policy.id, &policy.of.name, levels(&policy.of)).into_markup()).collect();
    view! {
        <div class="page-head">
            <div>
                <h1>"On call"</h1>
                <p class="lede">"Who hears of an incident, whose turn it is, and who is next while nobody has acknowledged it."</p>
            </div>
            <div class="buttons">
                <a class="button" href=severity::PATH>
                    "Severities"
                </a>
            </div>
        </div>
        <div class="stack">
            <section class="card table-box" aria-labelledby="now">
                <header>
                    <h2 id="now">"Now"</h2>
                </header>
                {on_call}
            </section>
            {(!nobody)
                .then(|| {
                    view! {
                        <section class="card table-box" aria-labelledby="coming">
                            <header>
                                <h2 id="coming">"The next four weeks"</h2>
                            </header>
                            <Shifts caption="The next four weeks" shifts=coming/>
                        </section>
                    }
                })}
            <Listed id="contacts" title="Contacts" new="New contact" page=CONTACT heads=["Contact", "Reached by"] none=("No contacts yet", "Whoever is to be told of incidents is added first.") rows=contacts/>
            <Listed id="schedules" title="Schedules" new="New schedule" page=SCHEDULE heads=["Schedule", "Hands over"] none=("No schedules yet", "A schedule says whose turn it is, by day or by week.") rows=schedules/>
            <Listed id="policies" title="Escalation policies" new="New policy" page=ESCALATION heads=["Policy", "Levels"] none=("No policies yet", "Until there is one, the usual levels hold: on call at once, Platform after 15 minutes, Leadership after 30.") rows=policies/>
        </div>
    }
}

/// What is kept of one sort, and the way to a new one.
#[component]
fn Listed(
    id: &'static str,
    title: &'static str,
    new: &'static str,
    page: &'static str,
    heads: [&'static str; 2],
    none: (&'static str, &'static str),
    rows: Vec<Markup>,
) -> impl IntoView {
    let add = may(Permission::ManageOnCall).then(|| {
        view! {
            <a class="button small" href=page>
                <Icon path=PLUS/>
                {new}
            </a>
        }
    });
    view! {
        <section class="card table-box" aria-labelledby=id>
            <header>
                <h2 id=id>{title}</h2>
                {add}
            </header>
            {if rows.is_empty() {
                view! { <Empty icon=BELL title=none.0 text=none.1/> }.into_markup()
            } else {
                view! {
                    <DataTable caption=title heads=self::heads(heads)>
                        {rows}
                    </DataTable>
                }
                    .into_markup()
            }}
        </section>
    }
}

fn line(page: &str, id: Id<()>, name: &str, text: String) -> impl IntoView + use<> {
    let name = name.to_owned();
    let named = if may(Permission::ManageOnCall) {
        view! { <a class="row-link" href=form_of(page, Some(id))>{name}</a> }.into_markup()
    } else {
        view! { <strong>{name}</strong> }.into_markup()
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                {named}
            </td>
            <td role="cell" class="line">
                {text}
            </td>
        </tr>
    }
}

fn ways(contact: &Contact) -> String {
    let channels = match contact.channel_ids.len() {
        0 => None,
        1 => Some("1 channel".to_owned()),
        several => Some(format!("{several} channels")),
    };
    let ways: Vec<_> = contact.email.clone().into_iter().chain(channels).collect();
    if ways.is_empty() { "Nothing: there is no way to reach them".to_owned() } else { ways.join(", ") }
}

fn turns(schedule: &OnCallSchedule) -> String {
    let OnCallSchedule { time_zone, hand_over_time, hand_over_day, .. } = schedule;
    match schedule.rotation {
        Rotation::Daily => format!("Each day at {hand_over_time}, {time_zone}"),
        Rotation::Weekly => {
            let day = capital(*hand_over_day);
            format!("Each week, {day} at {hand_over_time}, {time_zone}")
        }
    }
}

/// `at once, after 15 min`
fn levels(policy: &EscalationPolicy) -> String {
    let after = |minutes: u32| if minutes == 0 { "at once".to_owned() } else { format!("after {minutes} min") };
    let named = |name: &str, after: String| if name.is_empty() { after } else { format!("{name} {after}") };
    policy.levels.iter().map(|level| named(&level.name, after(level.after_minutes))).collect::<Vec<_>>().join(", ")
}
