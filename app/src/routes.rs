//! Every address of the console. Rendered whole, never streamed, so that each page works without script.

use leptos::{either::Either, prelude::*};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    audit::AuditPage,
    channels::{ChannelPage, ChannelsPage, NewChannelPage},
    connections::{ConnectionPage, EditPage, ListPage, NewPage},
    diagnostics::{EvidencePage, NewRunPage, RunPage, RunsPage},
    errors::{CataloguePage, ErrorPage, ErrorsPage, GroupPage},
    form_outcome::Refusal,
    health::{HealthListPage, HealthPage},
    incidents::{ActionItemsPage, DeclarePage, IncidentPage, IncidentsPage, PostMortemPage},
    notifications::NotificationsPage,
    on_call::{AcknowledgePage, ContactPage, EscalationPage, OnCallPage, SchedulePage},
    overview::OverviewPage,
    profile::{ProfilePage, SecondFactorPage},
    reference::ReferencePage,
    runbooks::{EditRunbookPage, ExecutionPage, HistoryPage, NewRunbookPage, RunbookPage, RunbooksPage},
    search::SearchPage,
    session::{InvitationPage, SecondStepPage, SetUpPage, SignInPage},
    severity::SeverityPage,
    team::TeamPage,
    today::TodayPage,
    tokens::{EditTokenPage, TokensPage},
    ui::page::{NotFound, Refused},
};

#[component]
pub fn App() -> impl IntoView {
    leptos_meta::provide_meta_context();
    match use_context::<Refusal>() {
        Some(refusal) => Either::Left(view! { <Refused refusal=refusal/> }),
        None => Either::Right(view! { <Pages/> }),
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/service-connections") view=ListPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/service-connections/new") view=NewPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/service-connections/:id") view=ConnectionPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/service-connections/:id/edit") view=EditPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/channels") view=ChannelsPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/channels/new") view=NewChannelPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/channels/:id") view=ChannelPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/on-call") view=OnCallPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/on-call/contact") view=ContactPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/on-call/schedule") view=SchedulePage ssr=SsrMode::Async/>
                <Route path=path!("/settings/on-call/escalation") view=EscalationPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/severity") view=SeverityPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/tokens") view=TokensPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/tokens/:id") view=EditTokenPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/audit") view=AuditPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/team") view=TeamPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/profile") view=ProfilePage ssr=SsrMode::Async/>
                <Route path=path!("/settings/profile/second-factor") view=SecondFactorPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/diagnostics") view=RunsPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/diagnostics/new") view=NewRunPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/diagnostics/:run") view=RunPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/diagnostics/:run/evidence/:id") view=EvidencePage ssr=SsrMode::Async/>
                <Route path=path!("/operations/health") view=HealthListPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/health/:id") view=HealthPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/incidents") view=IncidentsPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/incidents/new") view=DeclarePage ssr=SsrMode::Async/>
                <Route path=path!("/operations/incidents/actions") view=ActionItemsPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/incidents/:id") view=IncidentPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/incidents/:id/post-mortem") view=PostMortemPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/today") view=TodayPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks") view=RunbooksPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks/new") view=NewRunbookPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks/executions/:id") view=ExecutionPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks/:id") view=RunbookPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks/:id/edit") view=EditRunbookPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/runbooks/:id/history") view=HistoryPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/notifications") view=NotificationsPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/errors") view=ErrorsPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/errors/catalogue") view=CataloguePage ssr=SsrMode::Async/>
                <Route path=path!("/operations/errors/groups/:id") view=GroupPage ssr=SsrMode::Async/>
                <Route path=path!("/operations/errors/:correlation_id") view=ErrorPage ssr=SsrMode::Async/>
                <Route path=path!("/api/reference") view=ReferencePage ssr=SsrMode::Async/>
                <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/code") view=SecondStepPage ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/acknowledge/:token") view=AcknowledgePage ssr=SsrMode::Async/>
                <Route path=path!("/invitations/:token") view=InvitationPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
