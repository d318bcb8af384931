//! Turns the text of each setting into what it means.

use std::{
    collections::BTreeMap,
    fmt::Display,
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::Path,
};

use domain::environment::Environment;
use percent_encoding::percent_decode_str;
use probes::{
    dispatch::{MailSecurity, MailServer, is_mail_address},
    egress::EgressPolicy,
};
use secrecy::SecretString;
use url::Url;

use super::{Raw, Row, SettingError, table::Entry};

type Parsed<T> = Result<T, String>;

/// Takes settings one by one and keeps a line and the faults of each.
pub struct Reader {
    raw: BTreeMap<&'static str, Raw>,
    rows: Vec<Row>,
    wrong: Vec<SettingError>,
}

impl Reader {
    pub fn new(raw: BTreeMap<&'static str, Raw>, wrong: Vec<SettingError>) -> Self {
        Self { raw, rows: Vec::new(), wrong }
    }

    pub fn finish(self) -> (Vec<Row>, Vec<SettingError>) {
        (self.rows, self.wrong)
    }

    /// A setting with a default.
    pub fn value<T: Display>(&mut self, entry: &'static Entry, parse: impl FnOnce(&str) -> Parsed<T>, default: T) -> T {
        self.shown(entry, parse, default, ToString::to_string)
    }

    /// A setting with a default and a way of its own to be shown.
    pub fn shown<T>(&mut self, entry: &'static Entry, parse: impl FnOnce(&str) -> Parsed<T>, default: T, show: impl FnOnce(&T) -> String) -> T {
        let (value, origin) = match self.given(entry, parse) {
            Some((value, origin)) => (value, origin),
            None => (default, "default".into()),
        };
        self.rows.push(Row { setting: entry.key, value: show(&value), origin });
        value
    }

    /// A setting that may be absent; `absent` says what that means.
    pub fn optional<T: Display>(&mut self, entry: &'static Entry, parse: impl FnOnce(&str) -> Parsed<T>, absent: &str) -> Option<T> {
        let given = self.given(entry, parse);
        let (value, origin) = given.map_or_else(|| (None, "default".into()), |(value, origin)| (Some(value), origin));
        self.rows.push(Row { setting: entry.key, value: value.as_ref().map_or_else(|| absent.to_owned(), ToString::to_string), origin });
        value
    }

    /// A secret that may be absent, shown as `(set)`.
    pub fn optional_secret<T>(&mut self, entry: &'static Entry, parse: impl FnOnce(&str) -> Parsed<T>, absent: &str) -> Option<T> {
        let given = self.given(entry, parse);
        let shown = if given.is_some() { "(set)" } else { absent };
        let (value, origin) = given.map_or_else(|| (None, "default".into()), |(value, origin)| (Some(value), origin));
        self.rows.push(Row { setting: entry.key, value: shown.to_owned(), origin });
        value
    }

    /// Notes a fault that no setting has by itself.
    pub fn refuse(&mut self, wrong: SettingError) {
        self.wrong.push(wrong);
    }

    fn given<T>(&mut self, entry: &'static Entry, parse: impl FnOnce(&str) -> Parsed<T>) -> Option<(T, String)> {
        let Raw { text, origin } = self.raw.remove(entry.key)?;
        match parse(text.trim()) {
            Ok(value) => Some((value, origin)),
            Err(problem) => {
                let subject = if entry.secret { origin } else { format!("{origin} {text:?}") };
                self.wrong.push(SettingError::new(subject, problem, entry.write));
                None
            }
        }
    }
}

/// `127.0.0.1:8080`, `:8080` or `8080`; the latter two mean this machine alone.
pub fn listen(text: &str) -> Parsed<SocketAddr> {
    let port = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port.parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.replacen("localhost:", "127.0.0.1:", 1).parse().map_err(|_| "is no address and port".into())
}

pub fn public_url(text: &str) -> Parsed<Url> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if bare => Ok(url),
        "http" | "https" => Err("has more than a scheme, a host and a port".into()),
        _ => Err("is neither http nor https".into()),
    }
}

/// It may have a path. What a collector must be told of who sends goes into `OTEL_EXPORTER_OTLP_HEADERS`.
pub fn collector(text: &str) -> Parsed<Url> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if bare => Ok(url),
        "http" | "https" => Err("has more than a scheme, a host, a port and a path".into()),
        _ => Err("is neither http nor https".into()),
    }
}

pub fn environment(text: &str) -> Parsed<Environment> {
    text.parse().map_err(|_| "is no environment".into())
}

pub fn database_url(text: &str) -> Parsed<String> {
    let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if known { Ok(text.to_owned()) } else { Err("begins with neither sqlite:// nor postgres://".into()) }
}

/// Only PostgreSQL has users.
pub fn migration_database_url(text: &str) -> Parsed<SecretString> {
    let known = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if known { Ok(text.into()) } else { Err("does not begin with postgres://".into()) }
}

pub fn egress(text: &str) -> Parsed<EgressPolicy> {
    text.parse().map_err(|error| format!("cannot be used: {error}"))
}

/// `smtp://` with STARTTLS, or `smtps://`; `from` is the address that mail comes from.
pub fn mail_server(text: &str) -> Parsed<MailServer> {
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    let parameter = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (security, usual_port) = match (url.scheme(), parameter("encryption").as_deref()) {
        ("smtps", None) => (MailSecurity::Tls, 465),
        ("smtp", None) => (MailSecurity::StartTls, 587),
        ("smtp", Some("none")) => (MailSecurity::None, 25),
        ("smtp" | "smtps", Some(_)) => return Err("has an encryption other than none".into()),
        _ => return Err("begins with neither smtp:// nor smtps://".into()),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("has no host")?;
    let from = parameter("from").filter(|from| is_mail_address(from)).ok_or("does not say from which address mail comes")?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| "has a user or password that is no text");
    Ok(MailServer {
        host: host.to_owned(),
        port: url.port().unwrap_or(usual_port),
        security,
        user: decoded(url.username())?,
        password: decoded(url.password().unwrap_or_default())?.into(),
        from,
    })
}

pub fn number(text: &str, bounds: RangeInclusive<u32>) -> Parsed<u32> {
    let number = text.parse::<u32>().map_err(|_| "is no whole number".to_owned())?;
    if bounds.contains(&number) { Ok(number) } else { Err("is out of bounds".into()) }
}

pub fn yes_or_no(text: &str) -> Parsed<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err("is neither yes nor no".into()),
    }
}

pub fn yes_or_no_in_words(is_so: &bool) -> String {
    if *is_so { "yes" } else { "no" }.to_owned()
}

/// A folder or an S3 bucket.
pub fn evidence(text: &str) -> Parsed<String> {
    match text.split_once("://") {
        Some(("s3", bucket)) if !bucket.is_empty() && !bucket.starts_with('/') => Ok(text.to_owned()),
        Some(_) => Err("names no place that evidence can be kept in".into()),
        None => Ok(text.to_owned()),
    }
}

/// Days that something is kept for.
pub fn days(text: &str) -> Parsed<u32> {
    text.trim().parse().ok().filter(|days| (1..=3_650).contains(days)).ok_or_else(|| "is out of bounds".into())
}

/// A path as it stands in a database URL: the characters that have a meaning there are escaped.
pub fn sqlite_path(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

/// A database URL as it may be shown.
pub fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let hidden = parsed.set_password(Some("hidden")).is_ok();
            // A password may stand among the parameters too.
            parsed.set_query(None);
            if hidden { parsed.to_string() } else { "(set)".into() }
        }
        Ok(parsed) if parsed.query().is_none() || parsed.scheme() == "sqlite" => url.to_owned(),
        _ if url.starts_with("sqlite:") => url.to_owned(),
        _ => "(set)".into(),
    }
}
