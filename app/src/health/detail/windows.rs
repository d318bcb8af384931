//! Maintenance that is going on or still to come, and the way to declare more.

use domain::{ids::ProfileId, maintenance::MaintenanceWindow, permission::Permission};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use crate::{
    authorize::may,
    health::server_fns::{DeclareMaintenance, EndMaintenance, Reach, Repeats},
    ui::{
        badge::environment_name,
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        time::{Shape, Time, length, now},
    },
};

/// Minutes that a window may be declared for here; the API takes any length.
const LENGTHS: [u32; 7] = [15, 30, 60, 120, 240, 480, 1_440];

#[component]
pub fn Windows(id: ProfileId, tags: Vec<String>, windows: Vec<MaintenanceWindow>) -> impl IntoView {
    let none = windows.is_empty();
    let lines = windows.into_iter().map(line).collect_view();
    view! {
        <section class="card" aria-labelledby="maintenance">
            <header>
                <h2 id="maintenance">"Maintenance"</h2>
                {may(Permission::PlanMaintenance).then(|| view! { <Declare id=id tags=tags/> })}
            </header>
            {if none {
                view! { <p class="body quiet">"None planned. In a window nothing is tried, and uptime does not count it."</p> }.into_markup()
            } else {
                view! { <ul class="attention">{lines}</ul> }.into_markup()
            }}
        </section>
    }
}

fn line(window: MaintenanceWindow) -> impl IntoView {
    let is_on = now().is_some_and(|now| window.opens_at <= now);
    let begins = if is_on { "Going on".into_markup() } else { view! { "From " <Time at=window.opens_at shape=Shape::Minute/> }.into_markup() };
    let reach = reach(&window);
    let again = window.rrule.as_ref().map(|rrule| {
        let zone = window.time_zone.clone().unwrap_or_default();
        view! { <p class="quiet">{format!("Comes again: {}, by the clocks of {zone}", in_words(rrule))}</p> }
    });
    let end = may(Permission::PlanMaintenance).then(|| {
        view! {
            <ActionForm<EndMaintenance>>
                <input type="hidden" name="id" value=window.id.to_string()/>
                <Submit label=if is_on { "End now" } else { "Take back" } progress="Ending…" class="small"/>
            </ActionForm<EndMaintenance>>
        }
    });
    view! {
        <li>
            <div>
                <strong>{window.reason}</strong>
                <p>
                    {begins} " until " <Time at=window.closes_at shape=Shape::Minute/> {format!(", by {}{reach}", window.created_by)}
                </p>
                {again}
            </div>
            {end}
        </li>
    }
}

/// What else than this connection it holds for.
fn reach(window: &MaintenanceWindow) -> String {
    if window.connection_id.is_some() {
        return String::new();
    }
    match (&window.tag, window.environment) {
        (None, None) => ", every connection of the team".to_owned(),
        (Some(tag), None) => format!(", every connection with the tag {tag}"),
        (None, Some(environment)) => format!(", every connection in {}", environment_name(environment)),
        (Some(tag), Some(environment)) => format!(", every connection in {} with the tag {tag}", environment_name(environment)),
    }
}

/// What the form offers in words; any other rule as it is.
fn in_words(rrule: &str) -> String {
    let days = |list: &str| -> Option<Vec<&str>> { list.split(',').map(|day| DAYS.iter().find(|(short, _)| *short == day).map(|(_, name)| *name)).collect() };
    match rrule {
        "FREQ=DAILY" => "every day".to_owned(),
        "FREQ=WEEKLY" => "every week".to_owned(),
        "FREQ=MONTHLY" => "every month".to_owned(),
        _ => match rrule.strip_prefix("FREQ=WEEKLY;BYDAY=").and_then(days) {
            Some(days) => format!("every {}", days.join(", ")),
            None => rrule.to_owned(),
        },
    }
}

const DAYS: [(&str, &str); 7] =
    [("MO", "Monday"), ("TU", "Tuesday"), ("WE", "Wednesday"), ("TH", "Thursday"), ("FR", "Friday"), ("SA", "Saturday"), ("SU", "Sunday")];

const fn repeats_name(repeats: Repeats) -> &'static str {
    match repeats {
        Repeats::Never => "Never",
        Repeats::Daily => "Every day",
        Repeats::Weekly => "Every week, on days",
        Repeats::Monthly => "Every month",
        Repeats::Rule => "By a rule",
    }
}

#[component]
fn Declare(id: ProfileId, tags: Vec<String>) -> impl IntoView {
    let form_state = FormState::of::<DeclareMaintenance>();
    let is_refused = form_state.is_refused();
    let of_tag = |tag: String| (Reach::Tag(tag.clone()), format!("Every connection with the tag {tag}"));
    let reaches = [(Reach::Connection, "This connection".to_owned()), (Reach::Environment, "Every connection of its environment".to_owned())]
        .into_iter()
        .chain(tags.into_iter().map(of_tag))
        .chain([(Reach::Team, "Every connection of the team".to_owned())])
        .map(|(reach, word)| (String::from(reach), word))
        .collect();
    let lengths = LENGTHS.map(|minutes| (minutes.to_string(), length(u64::from(minutes) * 60)));
    let repeats = Repeats::iter().map(|repeats| (repeats.to_string(), repeats_name(repeats).to_owned())).collect();
    let days = DAYS
        .map(|(short, name)| {
            view! {
                <label class="choice">
                    <input type="checkbox" name="days[]" value=short checked=form_state.chose("days[]", short)/>
                    {name}
                </label>
            }
        })
        .collect_view();
    let rule = About::new("rrule", "Rule").hint("As iCalendar writes it, such as FREQ=MONTHLY;BYDAY=1SU.").optional();
    view! {
        <details class="ask" name="ask" open=is_refused>
            <summary class="button small">"Declare"</summary>
            <div class="ask-body">
                <h2>"Declare maintenance"</h2>
                <p>"Nothing is tried meanwhile, nobody is told, and uptime does not count it."</p>
                <ActionForm<DeclareMaintenance> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField about=About::new("reason", "Reason").required() form_state=form_state.clone()/>
                    <input type="hidden" name="time_zone" value="UTC"/>
                    <TextField about=About::new("starts_at", "Begins").hint("UTC. Leave it empty to begin now.").optional() form_state=form_state.clone() kind="datetime-local"/>
                    <SelectField about=About::new("minutes", "Lasts") form_state=form_state.clone() value="60" choices=lengths.to_vec()/>
                    <SelectField about=About::new("repeats", "Comes again") form_state=form_state.clone() value=Repeats::Never.to_string() choices=repeats/>
                    <fieldset class="field">
                        <legend class="label">"Days of the week"</legend>
                        <div class="choices">{days}</div>
                        <p class="hint">"Where it comes every week. None chosen: the day on which it begins."</p>
                    </fieldset>
                    <TextField about=rule form_state=form_state.clone()/>
                    <SelectField about=About::new("reach", "Holds for") form_state=form_state value=String::from(Reach::Connection) choices=reaches/>
                    <Submit label="Declare maintenance" progress="Declaring…"/>
                </ActionForm<DeclareMaintenance>>
            </div>
        </details>
    }
}
