//! `/settings/team`.

use domain::{
    error::UserError,
    ids::OperatorId,
    operator::{Invitation, Operator, Role, Team, Who},
    permission::Permission,
};
use engine::{
    Console,
    access::{invitations, members, teams},
};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::server_fns::{ChangeRole, CreateTeam, DemandSecondFactor, InviteMember, RemoveMember, RenameTeam, WithdrawInvitation};
use crate::{
    authorize::{actor, in_scope},
    issued::{self, Issued, asked_for, shown_once},
    session::server_fns::session,
    ui::{
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
        role::role_name,
        table::{DataTable, heads, unseen_head},
        time::{Shape, Time},
    },
};

#[component]
pub fn TeamPage() -> impl IntoView {
    page(read(asked_for()))
}

/// Someone of the team, and how many tokens would end with them.
struct Member {
    operator: Operator,
    tokens: i64,
}

struct Shown {
    team: Team,
    members: Vec<Member>,
    /// Absent for those who may change nothing here.
    invitations: Option<Vec<Invitation>>,
    issued: Option<Issued>,
}

async fn read(issued: Option<String>) -> Result<PageContent, UserError> {
    let session = session().await?;
    let shown = in_scope(async move |scope| {
        let may_manage = scope.may(Permission::ManageOperators);
        let team = teams::get(&scope, scope.actor().team).await?;
        let mut members = Vec::new();
        for operator in members::list(&scope).await? {
            let tokens = if may_manage { members::token_count(&scope, operator.id).await? } else { 0 };
            members.push(Member { operator, tokens });
        }
        let invitations = if may_manage { Some(invitations::list(&scope).await?) } else { None };
        // Last of all: it can be taken once.
        let issued = match issued {
            Some(id) if may_manage => issued::take(scope.console(), &session, &id).await?,
            _ => None,
        };
        Ok(Shown { team, members, invitations, issued })
    })
    .await?;
    Ok(PageContent::new("Team", body(shown)))
}

fn body(shown: Shown) -> impl IntoView {
    let Shown { team, members, invitations, issued } = shown;
    let may_manage = invitations.is_some();
    view! {
        <div class="page-head">
            <div>
                <h1>{team.name.clone()}</h1>
                <p class="lede">"Who sees and runs what belongs to this team."</p>
            </div>
        </div>
        <div class=may_manage.then_some("columns")>
            <div class="stack">
                {issued.map(|Issued { name, secret, note }| {
                    shown_once(
                        format!("The invitation of {name} is ready"),
                        format!("{note} It works once, for a week, and cannot be shown again."),
                        &secret,
                    )
                })}
                <div class="card table-box">
                    <Members members=members may_manage=may_manage/>
                </div>
                {invitations.filter(|some| !some.is_empty()).map(|some| view! { <Invitations invitations=some/> })}
            </div>
            {may_manage.then(|| {
                view! {
                    <div class="stack screen-only">
                        <Invite/>
                        <SecondFactor is_demanded=team.requires_second_factor/>
                        <Rename team=team/>
                        <AnotherTeam/>
                    </div>
                }
            })}
        </div>
    }
}

fn roles() -> Vec<(String, String)> {
    Role::iter().map(|role| (role.to_string(), role_name(role).to_owned())).collect()
}

fn me() -> Option<OperatorId> {
    match actor()?.who {
        Who::Operator(id) => Some(id),
        Who::Token(_) | Who::CommandLine => None,
    }
}

#[component]
fn Members(members: Vec<Member>, may_manage: bool) -> impl IntoView {
    let mut heads = heads(["Person", "Role", "Account since"]);
    if may_manage {
        heads.push(unseen_head("Acts"));
    }
    view! {
        <DataTable caption="Members" heads=heads>
            {members.into_iter().map(|member| member_row(member, may_manage)).collect_view()}
        </DataTable>
    }
}

fn member_row(member: Member, may_manage: bool) -> impl IntoView {
    let person = member.operator.clone();
    let note = match (me() == Some(person.id), person.disabled_at.is_some()) {
        (_, true) => Some("disabled"),
        (true, _) => Some("you"),
        _ => None,
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{person.email.clone()}</strong>
                {note.map(|note| view! { <p class="quiet">{note}</p> })}
            </td>
            <td role="cell" data-label="Role">
                {role_name(person.role)}
            </td>
            <td role="cell" data-label="Account since">
                <Time at=person.created_at/>
            </td>
            {may_manage
                .then(|| {
                    view! {
                        <td role="cell" class="end">
                            <div class="buttons">
                                <ChangeTheirRole person=person/>
                                <Remove member=member/>
                            </div>
                        </td>
                    }
                })}
        </tr>
    }
}

#[component]
fn ChangeTheirRole(person: Operator) -> impl IntoView {
    let choices = Role::iter().map(|role| view! { <option value=role.to_string() selected=role == person.role>{role_name(role)}</option> }).collect_view();
    view! {
        <details class="ask" name="ask">
            <summary class="button small">"Change role"</summary>
            <div class="ask-body">
                <h2>{format!("What may {} do?", person.email)}</h2>
                <p>"It holds at once: they are signed out of this team and sign in again as what they are then."</p>
                <ActionForm<ChangeRole>>
                    <input type="hidden" name="id" value=person.id.to_string()/>
                    <label>
                        <span class="unseen">"Role"</span>
                        <select class="select" name="role">
                            {choices}
                        </select>
                    </label>
                    <Submit label="Change role" progress="Changing…"/>
                </ActionForm<ChangeRole>>
            </div>
        </details>
    }
}

#[component]
fn Remove(member: Member) -> impl IntoView {
    let Member { operator, tokens } = member;
    let lost = match tokens {
        0 => "They are signed out of this team at once.".to_owned(),
        1 => "They are signed out of this team at once, and the one token they made is revoked.".to_owned(),
        some => format!("They are signed out of this team at once, and the {some} tokens they made are revoked."),
    };
    view! {
        <details class="ask" name="ask">
            <summary class="button small danger">"Remove"</summary>
            <div class="ask-body">
                <h2>{format!("Remove {}?", operator.email)}</h2>
                <p>{lost}</p>
                <ActionForm<RemoveMember>>
                    <input type="hidden" name="id" value=operator.id.to_string()/>
                    <Submit label=format!("Remove {}", operator.email) progress="Removing…" class="danger primary"/>
                </ActionForm<RemoveMember>>
            </div>
        </details>
    }
}

#[component]
fn Invitations(invitations: Vec<Invitation>) -> impl IntoView {
    let mut heads = heads(["Invited", "As", "By", "Until"]);
    heads.push(unseen_head("Acts"));
    let row = |invitation: Invitation| {
        view! {
            <tr role="row">
                <td role="cell" class="name">
                    <strong>{invitation.email.clone()}</strong>
                </td>
                <td role="cell" data-label="As">
                    {role_name(invitation.role)}
                </td>
                <td role="cell" data-label="By">
                    {invitation.created_by}
                </td>
                <td role="cell" data-label="Until">
                    <Time at=invitation.expires_at shape=Shape::Minute/>
                </td>
                <td role="cell" class="end">
                    <ActionForm<WithdrawInvitation>>
                        <input type="hidden" name="id" value=invitation.id.to_string()/>
                        <Submit label="Withdraw" progress="Withdrawing…" class="small danger"/>
                    </ActionForm<WithdrawInvitation>>
                </td>
            </tr>
        }
    };
    view! {
        <section class="card table-box" aria-label="Invitations">
            <DataTable caption="Invitations" heads=heads>
                {invitations.into_iter().map(row).collect_view()}
            </DataTable>
        </section>
    }
}

#[component]
fn Invite() -> impl IntoView {
    let form_state = FormState::of::<InviteMember>();
    let has_mail = use_context::<Console>().is_some_and(|console| console.sending.mail.is_some());
    let how = if has_mail { "The link goes there by mail, and is shown to you once." } else { "You send them the link yourself." };
    view! {
        <section class="card" aria-labelledby="invite">
            <header>
                <h2 id="invite">"Invite someone"</h2>
            </header>
            <ActionForm<InviteMember>>
                <div class="form-section">
                    <TextField
                        about=About::new("email", "E-mail address").hint(how).required()
                        form_state=form_state.clone()
                        kind="email"
                        autocomplete="off"
                    />
                    <SelectField about=About::new("role", "Role").required() form_state=form_state value="viewer" choices=roles()/>
                    <Submit label="Make a link" progress="Making…"/>
                </div>
            </ActionForm<InviteMember>>
        </section>
    }
}

#[component]
fn SecondFactor(is_demanded: bool) -> impl IntoView {
    let (told, label) = if is_demanded {
        ("Everyone in the team needs one. Whoever has none sees nothing of it before they have set it up.", "Stop demanding it")
    } else {
        ("Each person decides for themselves. When it is demanded, whoever has none must set it up before anything else. API tokens go on.", "Demand it")
    };
    view! {
        <section class="card" aria-labelledby="second-factor">
            <header>
                <h2 id="second-factor">"Second factor"</h2>
            </header>
            <ActionForm<DemandSecondFactor>>
                <div class="form-section">
                    <p>{told}</p>
                    <input type="hidden" name="demand" value=(!is_demanded).to_string()/>
                    <Submit label=label progress="Saving…" class=""/>
                </div>
            </ActionForm<DemandSecondFactor>>
        </section>
    }
}

#[component]
fn Rename(team: Team) -> impl IntoView {
    let form_state = FormState::of::<RenameTeam>();
    view! {
        <section class="card" aria-labelledby="rename">
            <header>
                <h2 id="rename">"Name"</h2>
            </header>
            <ActionForm<RenameTeam>>
                <div class="form-section">
                    <TextField
                        about=About::new("name", "Name of the team").hint(format!("Commands know it as {}.", team.slug)).required()
                        form_state=form_state
                        value=team.name
                    />
                    <Submit label="Rename" progress="Renaming…" class=""/>
                </div>
            </ActionForm<RenameTeam>>
        </section>
    }
}

#[component]
fn AnotherTeam() -> impl IntoView {
    let form_state = FormState::of::<CreateTeam>();
    view! {
        <section class="card" aria-labelledby="another-team">
            <header>
                <h2 id="another-team">"Another team"</h2>
            </header>
            <ActionForm<CreateTeam>>
                <div class="form-section">
                    <TextField
                        about=About::new("new_name", "Its name").hint("It begins empty, with you as its administrator. Switch to it where your name stands.").required()
                        form_state=form_state
                    />
                    <Submit label="Create team" progress="Creating…" class=""/>
                </div>
            </ActionForm<CreateTeam>>
        </section>
    }
}
