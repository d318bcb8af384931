//! Today: what the console could fill in is filled in; a person looks through it and signs.

use domain::{
    checklist::{CheckedThing, ChecklistLine, DailyChecklist},
    error::UserError,
    maintenance_task::TaskState,
    permission::Permission,
};
use engine::{severity, today};
use leptos::prelude::*;

use super::{server_fns::SignChecklist, tasks::Tasks};
use crate::{
    authorize::{in_scope, may},
    channels, connections, diagnostics, errors, health, incidents,
    ui::{
        badge::Badge,
        field::{About, AreaField},
        form::{ActionForm, FormState, Submit},
        icon::{ALERT, CIRCLE_CHECK, CIRCLE_DASHED, Icon},
        markup::IntoMarkup,
        page::{PageContent, page},
        time::Time,
    },
};

/// Days of the history.
const SHOWN: u32 = 30;

struct PageData {
    today: DailyChecklist,
    before: Vec<DailyChecklist>,
    tasks: Vec<TaskState>,
    /// Of the team's days.
    time_zone: String,
}

#[component]
pub fn TodayPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let data = in_scope(async |scope| {
        let today = today::checklist(&scope).await?;
        let mut before = today::history(&scope, SHOWN).await?;
        before.retain(|list| list.day != today.day);
        let time_zone = severity::get(&scope).await?.1.business_hours.time_zone.to_string();
        Ok(PageData { today, before, tasks: today::tasks(&scope).await?, time_zone })
    })
    .await?;
    Ok(PageContent::new("Today", body(data)))
}

fn body(PageData { today, before, tasks, time_zone }: PageData) -> impl IntoView {
    let lede = format!("{} ({time_zone})", today.day.format("%A, %-d %B %Y"));
    view! {
        <div class="page-head">
            <div>
                <h1>"Today"</h1>
                <p class="lede">{lede}</p>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                <Checklist list=today/>
                <Tasks tasks=tasks/>
            </div>
            <History lists=before/>
        </div>
    }
}

/// What a line is about, and where more is to be seen.
const fn words(thing: CheckedThing) -> (&'static str, &'static str) {
    match thing {
        CheckedThing::Incidents => ("Incidents", incidents::LIST),
        CheckedThing::Connections => ("Connections", health::LIST),
        CheckedThing::Certificates => ("Certificates", connections::LIST),
        CheckedThing::Runs => ("Diagnostic runs", diagnostics::LIST),
        CheckedThing::Errors => ("Errors", errors::LIST),
        CheckedThing::Deliveries => ("Messages on channels", channels::LIST),
        CheckedThing::Backups => ("Backups", ""),
    }
}

#[component]
fn Checklist(list: DailyChecklist) -> impl IntoView {
    let form_state = FormState::of::<SignChecklist>();
    let signed = list.signed_at.zip(list.signed_by.clone());
    let signs = signed.is_none() && may(Permission::PlanMaintenance);
    let lines = list.lines.into_iter().map(|line| drawn(line, signs, &form_state)).collect_view();
    let state = match signed {
        Some((at, by)) => view! { <p class="quiet">"Signed by " {by} " " <Time at=at/></p> }.into_markup(),
        None => view! { <Badge badge_style=("Not signed yet", CIRCLE_DASHED, "idle")/> }.into_markup(),
    };
    let content = if signs {
        let refused = form_state.error("ticked");
        view! {
            <ActionForm<SignChecklist>>
                <ul class="day-list">{lines}</ul>
                <div class="form-section">
                    <div class="field wide">
                        <p class="error" data-error-for="ticked">{refused}</p>
                    </div>
                    <AreaField about=About::new("note", "Note").hint("What you did about what was not well.").optional() form_state=form_state/>
                    <Submit label="Sign the checklist" progress="Signing…"/>
                </div>
            </ActionForm<SignChecklist>>
        }
        .into_markup()
    } else {
        view! {
            <ul class="day-list">{lines}</ul>
            {(!list.note.is_empty()).then(|| view! { <p class="body">{list.note}</p> })}
        }
        .into_markup()
    };
    view! {
        <section class="card" aria-labelledby="checklist">
            <header>
                <h2 id="checklist">"Daily checklist"</h2>
                {state}
            </header>
            {content}
        </section>
    }
}

fn drawn(line: ChecklistLine, signs: bool, form_state: &FormState) -> impl IntoView + use<> {
    let (word, path) = words(line.thing);
    let value: &'static str = line.thing.into();
    let is_ticked = form_state.chose("ticked[]", value);
    let tick = signs.then(|| view! { <input type="checkbox" name="ticked[]" value=value id=format!("tick-{value}") checked=is_ticked/> });
    let name = if signs { view! { <label for=format!("tick-{value}")>{word}</label> }.into_markup() } else { view! { <strong>{word}</strong> }.into_markup() };
    let leads_on = !path.is_empty() && (line.thing != CheckedThing::Errors || may(Permission::ReadErrors));
    let link = leads_on.then(|| view! { <a href=path aria-label=format!("Open {word}")>"Open"</a> });
    let (icon, class) = if line.is_well { (CIRCLE_CHECK, "well") } else { (ALERT, "unwell") };
    view! {
        <li class=class>
            {tick}
            <Icon path=icon/>
            <div>
                {name}
                <p>{line.found}</p>
            </div>
            {link}
        </li>
    }
}

#[component]
fn History(lists: Vec<DailyChecklist>) -> impl IntoView {
    let is_empty = lists.is_empty();
    let lines = lists
        .into_iter()
        .map(|list| {
            let unwell = list.lines.iter().filter(|line| !line.is_well).count();
            let found = if unwell == 0 { "All well".to_owned() } else { format!("{unwell} not well") };
            view! {
                <li>
                    <div>
                        <strong>{list.day.to_string()}</strong>
                        <p class="quiet small">{list.signed_by.map(|by| format!("Signed by {by}. "))} {list.note}</p>
                    </div>
                    <span class="quiet small">{found}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="history">
            <header>
                <h2 id="history">"Days before"</h2>
            </header>
            {if is_empty {
                view! { <div class="body"><p class="quiet">"No day was signed yet."</p></div> }.into_markup()
            } else {
                view! { <ul class="related">{lines}</ul> }.into_markup()
            }}
        </section>
    }
}
