//! Secrets in the query of an address: refused where they are new, and told where they were stored earlier.

use domain::operator::Role;
use reqwest::{Method, header};
use serde_json::json;
use store::on_tx;

use crate::test_server::{TestServer, connection};

#[tokio::test]
async fn a_link_that_holds_a_secret_is_refused_and_one_that_was_stored_earlier_is_told() {
    for (database, server) in TestServer::both().await {
        let mut new = connection("Orders", 1);
        new["runbook_url"] = json!("https://wiki.test/orders?access_token=a1b2c3d4");
        let refused = server.post("/api/service-connections", &new).await;
        assert_eq!(refused.status(), 422, "{database}");
        let told = refused.text().await.expect("text");
        assert!(told.contains("runbook_url") && told.contains("access_token") && !told.contains("a1b2c3d4"), "{told}");

        let orders = server.connection("Orders").await;
        let page = format!("/settings/service-connections/{}", orders["id"].as_str().expect("an id"));
        let cookie = server.sign_in("ada@example.org", Role::Operator).await;
        let read = async || {
            let answer = server.anonymous(Method::GET, &page).header(header::COOKIE, &cookie).send().await.expect("answer");
            answer.text().await.expect("text")
        };
        assert!(!read().await.contains("A secret stands in the open"), "{database}");
        let mut tx = server.console.db.begin().await.expect("begun");
        let sql = "update service_connection_profiles set runbook_url = 'https://wiki.test/?api_key=a1b2c3d4'";
        on_tx!(&mut tx, |connection| sqlx::query(sql).execute(connection).await.map(drop)).expect("as an earlier version stored it");
        tx.commit().await.expect("committed");
        let shown = read().await;
        assert!(shown.contains("A secret stands in the open") && shown.contains("api_key looks like a secret"), "{database}");
    }
}
