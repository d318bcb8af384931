//! Invitations by mail, to a real mail server.

use std::sync::Arc;

use domain::{audit::AuditFilter, operator::Role};
use engine::{
    access::invitations::{self, mail::Mailed},
    audit,
    sending::Sending,
};
use probes::dispatch::{MailSecurity, MailServer};

use crate::{services::services, test_console::TestConsole};

async fn sent(test: &TestConsole, to: &str) -> Option<Mailed> {
    let (invitation, token) = invitations::invite(&test.scope(), to, Role::Viewer).await.expect("invited");
    invitations::mail::send(&test.scope(), &invitation, &token).await.expect("tried")
}

#[tokio::test]
async fn a_link_goes_by_mail_and_what_becomes_of_it_is_told_written_down_and_limited() {
    let mut test = TestConsole::sqlite().await;
    assert_eq!(sent(&test, "desk@orders.test").await, None, "there is no mail server");
    let smtp = &services().smtp;
    let (host, port, user) = (smtp.host.clone(), smtp.plain_port, String::new());
    let mail = MailServer { host, port, security: MailSecurity::None, user, password: String::new().into(), from: smtp.from.clone() };
    test.console.sending = Arc::new(Sending { mail: Some(mail), ..Sending::default() });
    for (to, is_sent, said) in [
        ("desk@orders.test", true, "took it"),
        ("nobody@orders.test", false, "no such recipient"),
        ("later@orders.test", false, "come back later"),
        ("a,b@orders.test", false, "takes no such address"),
    ] {
        let mailed = sent(&test, to).await.expect("there is a mail server");
        assert!(mailed.sent == is_sent && mailed.detail.contains(said), "{to}: {mailed:?}");
    }
    assert_eq!(invitations::list(&test.scope()).await.expect("listed").len(), 4, "each is good, whatever became of the mail");
    let mut kept_back = 0;
    for _ in 0..40 {
        kept_back += usize::from(sent(&test, "desk@orders.test").await.is_some_and(|mailed| mailed.detail.contains("within the hour")));
    }
    assert_eq!(kept_back, 13, "30 an hour of a team");
    let (entries, _) = audit::list(&test.scope(), &AuditFilter::default(), 100, None).await.expect("listed");
    assert_eq!(entries.iter().filter(|entry| entry.act == "invitation_mailed").count(), 30);
}
