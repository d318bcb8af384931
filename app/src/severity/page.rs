//! `/settings/severity`: how soon somebody responds, who is told next, what is told together, and when the team works.

use domain::{
    business_hours::BusinessHours,
    error::UserError,
    on_call::EscalationPolicy,
    permission::Permission,
    severity::IncidentSeverity::{self, P1, P2, P3, P4},
    severity_policy::{SeverityPolicy, SeverityRule},
};
use engine::{on_call::resources, severity};
use leptos::prelude::*;

use super::server_fns::SaveSeverityPolicy;
use crate::{
    authorize::{in_scope, may},
    channels::form::digests,
    on_call::{self, days},
    ui::{
        field::{About, AreaField, CheckField, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        page::{PageContent, page},
        table::{DataTable, heads},
    },
};

/// Value and word of each policy that may be chosen.
type Policies = Vec<(String, String)>;

#[component]
pub fn SeverityPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let ((version, policy), policies) = in_scope(async |scope| Ok((severity::get(&scope).await?, resources::list::<EscalationPolicy>(&scope).await?))).await?;
    let usual = (String::new(), "The usual levels".to_owned());
    let policies = std::iter::once(usual).chain(policies.into_iter().map(|policy| (policy.id.to_string(), policy.of.name))).collect();
    Ok(PageContent::new("Severities", body(version, policy, &policies)).under("On call", on_call::LIST))
}

const fn meaning(severity: IncidentSeverity) -> &'static str {
    match severity {
        P1 => "P1: complete outage",
        P2 => "P2: a significant feature is broken",
        P3 => "P3: limited impact",
        P4 => "P4: potential issue",
    }
}

fn body(version: i64, policy: SeverityPolicy, policies: &Policies) -> impl IntoView + use<> {
    let shown = if may(Permission::ManageOnCall) { form(version, policy, policies).into_markup() } else { table(&policy, policies).into_markup() };
    view! {
        <div class="page-head">
            <div>
                <h1>"Severities"</h1>
                <p class="lede">"How soon somebody responds to an incident, and who is told next while nobody has. What is open goes on as it began."</p>
            </div>
        </div>
        {shown}
    }
}

/// For those who may change nothing here.
fn table(policy: &SeverityPolicy, policies: &Policies) -> impl IntoView + use<> {
    let row = |severity: IncidentSeverity| {
        let rule = policy.rule(severity);
        let respond = match rule.respond_minutes {
            _ if rule.next_business_day => "the next business day".to_owned(),
            Some(minutes) => format!("{minutes} min"),
            None => "–".to_owned(),
        };
        let chosen = rule.escalation_policy_id.map(|id| id.to_string()).unwrap_or_default();
        let named = policies.iter().find(|(id, _)| *id == chosen).map(|(_, name)| name.clone()).unwrap_or_default();
        let next = if rule.escalates == Some(true) { named } else { "by a person alone".to_owned() };
        view! {
            <tr role="row">
                <td role="cell" class="name">
                    <strong>{meaning(severity)}</strong>
                </td>
                <td role="cell" data-label="Respond within">
                    {respond}
                </td>
                <td role="cell" data-label="Escalates">
                    {next}
                </td>
                <td role="cell" data-label="Digest">
                    {rule.digest.to_string()}
                </td>
            </tr>
        }
    };
    let rows: Vec<_> = [P1, P2, P3, P4].map(row).into();
    view! {
        <div class="card table-box">
            <DataTable caption="Severities" heads=heads(["Severity", "Respond within", "Escalates", "Digest"])>
                {rows}
            </DataTable>
        </div>
    }
}

fn form(version: i64, policy: SeverityPolicy, policies: &Policies) -> impl IntoView + use<> {
    let form_state = FormState::of::<SaveSeverityPolicy>();
    let rules = [P1, P2, P3, P4]
        .map(|severity| view! { <Rule severity=severity rule=policy.rule(severity).clone() policies=policies.clone() form_state=form_state.clone()/> });
    view! {
        <ActionForm<SaveSeverityPolicy> class="stack">
            <input type="hidden" name="version" value=version.to_string()/>
            {rules.into_iter().collect_view()}
            <Hours hours=policy.business_hours form_state=form_state/>
            <div class="buttons">
                <Submit label="Save severities" progress="Saving…"/>
            </div>
        </ActionForm<SaveSeverityPolicy>>
    }
}

#[component]
fn Rule(severity: IncidentSeverity, rule: SeverityRule, policies: Policies, form_state: FormState) -> impl IntoView {
    let input = |member: &str| format!("{severity}[{member}]");
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    view! {
        <section class="card" aria-labelledby=severity.to_string()>
            <header>
                <h2 id=severity.to_string()>{meaning(severity)}</h2>
            </header>
            <div class="form-section">
                <TextField
                    about=About::new(input("respond_minutes"), "Respond within, in minutes").hint("Somebody acknowledges by then, or it is told that nobody has.").width("half")
                    form_state=form_state.clone()
                    kind="number"
                    value=number(rule.respond_minutes)
                />
                <TextField
                    about=About::new(input("remind_minutes"), "Remind every so many minutes").hint("0 is never.").width("half")
                    form_state=form_state.clone()
                    kind="number"
                    value=number(rule.remind_minutes)
                />
                <CheckField
                    about=About::new(input("next_business_day"), "The next business day is soon enough")
                    form_state=form_state.clone()
                    checked=rule.next_business_day
                />
                <CheckField
                    about=About::new(input("escalates"), "Escalates by itself while nobody has acknowledged")
                    form_state=form_state.clone()
                    checked=rule.escalates == Some(true)
                />
                <SelectField
                    about=About::new(input("escalation_policy_id"), "Escalation policy").width("half")
                    form_state=form_state.clone()
                    value=rule.escalation_policy_id.map(|id| id.to_string()).unwrap_or_default()
                    choices=policies
                />
                <SelectField
                    about=About::new(input("digest"), "Digest").hint("Channels with such a digest are told by it alone.").width("half")
                    form_state=form_state.clone()
                    value=rule.digest.to_string()
                    choices=digests()
                />
                <TextField
                    about=About::new(input("post_mortem_hours"), "Post-mortem due after, in hours").optional().width("half")
                    form_state=form_state
                    kind="number"
                    value=number(rule.post_mortem_hours)
                />
            </div>
        </section>
    }
}

#[component]
fn Hours(hours: BusinessHours, form_state: FormState) -> impl IntoView {
    let boxes: Vec<_> = days()
        .into_iter()
        .map(|(value, word)| {
            let input = "business_hours[days][]";
            let is_ticked = if form_state.is_refused() { form_state.chose(input, &value) } else { hours.days.iter().any(|day| day.to_string() == value) };
            view! {
                <label class="choice">
                    <input type="checkbox" name=input value=value checked=is_ticked/>
                    {word}
                </label>
            }
        })
        .collect();
    let holidays = hours.holidays.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    view! {
        <section class="card" aria-labelledby="hours">
            <header>
                <h2 id="hours">"Business hours"</h2>
            </header>
            <div class="form-section">
                <TextField
                    about=About::new("business_hours[time_zone]", "Time zone").required().hint("As IANA names it: Europe/Berlin.")
                    form_state=form_state.clone()
                    value=hours.time_zone.name()
                />
                <fieldset class="field" aria-describedby="days-error">
                    <legend class="label">"Days"</legend>
                    <div class="choices">{boxes}</div>
                    <p class="error" id="days-error" data-error-for="business_hours[days]">{form_state.error("business_hours[days]")}</p>
                </fieldset>
                <TextField
                    about=About::new("business_hours[from]", "From").required().hint("Digests come at this time.").width("half")
                    form_state=form_state.clone()
                    kind="time"
                    value=hours.from.to_string()
                />
                <TextField about=About::new("business_hours[to]", "To").required().width("half") form_state=form_state.clone() kind="time" value=hours.to.to_string()/>
                <AreaField
                    about=About::new("business_hours[holidays]", "Holidays").optional().hint("A day a line, such as 2026-12-25.")
                    form_state=form_state
                    value=holidays
                />
            </div>
        </section>
    }
}
