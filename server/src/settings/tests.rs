use std::fs;

use probes::dispatch::MailSecurity;
use secrecy::ExposeSecret;

use super::*;

fn environment<const N: usize>(variables: [(&str, &str); N]) -> Input {
    let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Input { environment, ..Input::default() }
}

fn refusals(input: &Input) -> Vec<String> {
    let wrong = Settings::load(input).settings.expect_err("refused");
    wrong.iter().map(ToString::to_string).collect()
}

#[test]
fn without_any_setting_it_listens_on_this_machine_and_keeps_its_data_here() {
    let settings = Settings::load(&Input::default()).settings.expect("settings");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database_url.expose_secret(), "sqlite://./data/switchboard.db");
    assert_eq!(settings.heartbeat_interval_seconds, 300);
    assert!(!settings.is_secure());
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("switchboard.toml");
    fs::write(&path, "listen = '127.0.0.1:1'\nenvironment = 'staging'\nheartbeat_interval_seconds = 60\negress_allow = ['10.0.0.0/8', '127.0.0.1:80']")
        .expect("written");
    let mut input = environment([("SWITCHBOARD_LISTEN", "127.0.0.1:2"), ("SWITCHBOARD_ENVIRONMENT", "production")]);
    input.file = Some(path.display().to_string());
    input.flags.insert("listen", "127.0.0.1:3".into());
    let loaded = Settings::load(&input);
    let settings = loaded.settings.expect("settings");
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.environment, Environment::Production);
    assert_eq!(settings.heartbeat_interval_seconds, 60);
    assert_eq!(settings.egress.grants.len(), 2);
    let origins: Vec<_> = loaded.rows.iter().map(|row| row.origin.as_str()).collect();
    assert!(origins.contains(&"--listen") && origins.contains(&"SWITCHBOARD_ENVIRONMENT") && origins.contains(&"default"), "{origins:?}");
    assert!(origins.iter().any(|origin| origin.starts_with("heartbeat_interval_seconds in ")), "{origins:?}");
}

#[test]
fn a_port_alone_means_this_machine() {
    let settings = Settings::load(&environment([("PORT", "9000")])).settings.expect("settings");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9000");
}

#[test]
fn all_that_is_wrong_is_told_with_name_value_and_advice() {
    let input = environment([
        ("SWITCHBOARD_LISTEN", "abc"),
        ("SWITCHBOARD_ENVIRONMENT", "prod"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("SWITCHBOARD_MIGRATION_DATABASE_URL", "sqlite://hunter2"),
        ("SWITCHBOARD_MASTER_KEY", "hunter2"),
        ("SERVICE_HEARTBEAT_INTERVAL_SECONDS", "4"),
        ("SWITCHBOARD_PUBLIC_URL", "https://example.org/console"),
    ]);
    let refusals = refusals(&input);
    assert_eq!(refusals.len(), 7, "{refusals:#?}");
    assert_eq!(refusals[0], "SWITCHBOARD_LISTEN \"abc\" is no address and port; write an address and port such as 127.0.0.1:8080, [::1]:8080, or a port alone");
    assert!(!refusals.concat().contains("hunter2"), "a secret is never repeated: {refusals:#?}");
}

#[test]
fn an_unknown_key_in_the_file_is_an_error() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("switchboard.toml");
    fs::write(&path, "lisen = '127.0.0.1:1'\ndata_dir = true").expect("written");
    let refusals = refusals(&Input { file: Some(path.display().to_string()), ..Input::default() });
    assert!(refusals.iter().any(|text| text.starts_with("lisen in ") && text.contains("is no setting; write one of listen, ")), "{refusals:#?}");
    assert!(refusals.iter().any(|text| text.starts_with("data_dir in ") && text.contains("has the wrong type")), "{refusals:#?}");
}

#[test]
fn a_file_that_is_no_toml_is_told_by_its_line_without_what_stands_there() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("switchboard.toml");
    fs::write(&path, "listen = 8080\ndatabase_url = 'postgres://app:hunter2@db/app\n").expect("written");
    let refusals = refusals(&Input { file: Some(path.display().to_string()), ..Input::default() });
    assert!(refusals[0].contains("cannot be read: line 2: ") && !refusals[0].contains("hunter2"), "{refusals:#?}");
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own_and_is_never_shown() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("url");
    fs::write(&path, "postgres://app:hunter2@db/app?password=hunter2\n").expect("written");
    let loaded = Settings::load(&environment([("DATABASE_URL_FILE", &path.display().to_string())]));
    assert!(loaded.settings.expect("settings").database_url.expose_secret().ends_with("=hunter2"));
    let shown = format!("{:?}", loaded.rows);
    assert!(shown.contains("DATABASE_URL_FILE") && !shown.contains("hunter2"), "{shown}");
    let both = environment([("DATABASE_URL", "sqlite://x"), ("DATABASE_URL_FILE", "/x")]);
    assert!(refusals(&both)[0].contains("is set too"));
}

#[test]
fn a_variable_that_looks_like_a_setting_is_pointed_out() {
    let loaded = Settings::load(&environment([("SWITCHBOARD_LISTN", "x"), ("SWITCHBOARD_MASTER_KEY_FILE", ""), ("OTHER", "x")]));
    assert_eq!(loaded.unknown_variables, ["SWITCHBOARD_LISTN"]);
}

const PROVIDER: [(&str, &str); 3] = [
    ("SWITCHBOARD_OIDC_ISSUER", "https://id.example.org/realms/staff"),
    ("SWITCHBOARD_OIDC_CLIENT_ID", "switchboard"),
    ("SWITCHBOARD_OIDC_GROUPS", "ops=default:operator"),
];

fn single_sign_on(more: &[(&str, &str)]) -> Input {
    let variables = PROVIDER.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Input { environment: variables.collect(), ..Input::default() }
}

#[test]
fn single_sign_on_takes_an_issuer_a_client_and_groups() {
    assert!(Settings::load(&Input::default()).settings.expect("settings").identity_provider.is_none());
    let loaded = Settings::load(&single_sign_on(&[("SWITCHBOARD_OIDC_SCOPES", "email, groups"), ("SWITCHBOARD_OIDC_CLIENT_SECRET", "hunter2")]));
    assert!(!format!("{:?}", loaded.rows).contains("hunter2"));
    let provider = loaded.settings.expect("settings").identity_provider.expect("a provider");
    assert_eq!((provider.name.as_str(), provider.only, provider.scopes), ("id.example.org", false, vec!["email".to_owned(), "groups".to_owned()]));
    assert!(!format!("{:?}", provider.client_secret).contains("hunter2"));
}

#[test]
fn settings_of_single_sign_on_that_make_no_sense_are_refused() {
    for (left_out, _) in PROVIDER {
        let mut input = single_sign_on(&[]);
        input.environment.remove(left_out);
        let said = refusals(&input);
        assert!(said.len() == 1 && said[0].starts_with(left_out) && said[0].contains("is missing"), "{said:?}");
    }
    let only = environment([("SWITCHBOARD_OIDC_ONLY", "yes")]);
    assert!(refusals(&only)[0].starts_with("SWITCHBOARD_OIDC_ISSUER is missing"), "or passwords would be on though they are believed to be off");
    for (name, value) in [
        ("SWITCHBOARD_OIDC_ISSUER", "id.example.org"),
        ("SWITCHBOARD_OIDC_ISSUER", "https://id.example.org/?tenant=1"),
        ("SWITCHBOARD_OIDC_GROUPS", "ops"),
        ("SWITCHBOARD_OIDC_ONLY", "perhaps"),
        ("SWITCHBOARD_OIDC_NAME", "a name that is far too long to stand on a button"),
    ] {
        assert!(refusals(&single_sign_on(&[(name, value)]))[0].starts_with(name), "{name} {value}");
    }
    let open = [("SWITCHBOARD_OIDC_ISSUER", "http://id.example.org"), ("SWITCHBOARD_ENVIRONMENT", "production")];
    assert!(refusals(&single_sign_on(&open))[0].contains("is not encrypted"));
    for (address, is_good) in [(None, false), (Some("http://console.example.org"), false), (Some("https://console.example.org"), true)] {
        let address = address.map(|address| ("SWITCHBOARD_PUBLIC_URL", address));
        let input = single_sign_on(&address.into_iter().chain([("SWITCHBOARD_ENVIRONMENT", "production")]).collect::<Vec<_>>());
        let loaded = Settings::load(&input);
        assert_eq!(loaded.settings.is_ok(), is_good, "{address:?}");
        assert!(is_good || refusals(&input)[0].starts_with("SWITCHBOARD_PUBLIC_URL is missing"));
    }
}

#[test]
fn https_makes_the_cookie_secure() {
    assert!(Settings::load(&environment([("SWITCHBOARD_PUBLIC_URL", "https://console.example.org")])).settings.expect("settings").is_secure());
}

#[test]
fn a_mail_server_is_encrypted_unless_it_is_said_otherwise() {
    let of = |url: &str| Settings::load(&environment([("SWITCHBOARD_SMTP_URL", url)])).settings.map(|settings| settings.mail.expect("a mail server"));
    let mail = of("smtps://desk%40example.org:p%40ss@mail.example.org?from=desk@example.org").expect("settings");
    assert_eq!((mail.host.as_str(), mail.port, mail.security, mail.user.as_str()), ("mail.example.org", 465, MailSecurity::Tls, "desk@example.org"));
    assert_eq!((mail.password.expose_secret(), mail.from.as_str()), ("p@ss", "desk@example.org"));
    assert_eq!(of("smtp://mail.example.org?from=a@b.org").map(|mail| (mail.port, mail.security)), Ok((587, MailSecurity::StartTls)));
    assert_eq!(of("smtp://mail:26?from=a@b.org&encryption=none").map(|mail| (mail.port, mail.security)), Ok((26, MailSecurity::None)));
    for wrong in ["mail.example.org", "http://mail?from=a@b", "smtp://mail", "smtp://mail?from=a@b%0d%0aDATA", "smtps://hunter2@mail?from=a@b&encryption=none"]
    {
        let said = refusals(&environment([("SWITCHBOARD_SMTP_URL", wrong)]));
        assert!(said.len() == 1 && !said[0].contains("hunter2"), "{wrong}: {said:?}");
    }
}
