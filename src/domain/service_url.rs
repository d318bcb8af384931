//! The address of a service in one line, as people copy it: `postgres://user:secret@host:5432/orders?sslmode=require`.

use super::{
    kind::{Field, FieldType},
    settings::field,
    web_address::{authority, split_scheme},
};

/// What a scheme says by itself.
struct Protocol {
    scheme: &'static str,
    /// The kind that speaks it; `http` is spoken by all that are addressed by a URL.
    kind: &'static str,
    port: u16,
    /// Whether it is encrypted from the first byte.
    tls: bool,
}

const PROTOCOLS: [Protocol; 10] = [
    Protocol { scheme: "postgres", kind: "postgres", port: 5432, tls: false },
    Protocol { scheme: "postgresql", kind: "postgres", port: 5432, tls: false },
    Protocol { scheme: "redis", kind: "redis", port: 6379, tls: false },
    Protocol { scheme: "rediss", kind: "redis", port: 6379, tls: true },
    Protocol { scheme: "valkey", kind: "redis", port: 6379, tls: false },
    Protocol { scheme: "valkeys", kind: "redis", port: 6379, tls: true },
    Protocol { scheme: "smtp", kind: "smtp", port: 587, tls: false },
    Protocol { scheme: "smtps", kind: "smtp", port: 465, tls: true },
    Protocol { scheme: "http", kind: "http", port: 80, tls: false },
    Protocol { scheme: "https", kind: "http", port: 443, tls: true },
];

/// What only needs a host and a port, and so takes an address of any protocol.
const ANY_PROTOCOL: &str = "tcp";

/// Its parts, decoded; what is not there is empty.
struct ServiceUrl<'a> {
    protocol: &'static Protocol,
    user: String,
    password: String,
    host: &'a str,
    port: u16,
    /// Without the first slash.
    path: String,
    /// The whole, without user and password.
    bare: String,
    ssl_mode: Option<&'a str>,
}

/// What an address says of the fields of a kind, by name, when it is entered into the one called `into`. Nothing where it is no
/// address, is one of another kind, or belongs as it is into that one field.
pub fn split_over(kind: &str, fields: &[Field], into: &str, text: &str) -> Option<Vec<(&'static str, String)>> {
    let into = field(fields, into)?;
    let text = unassigned(text.trim());
    let said = match (into.kind, &*into.name, ServiceUrl::parse(text)) {
        (FieldType::Url, _, Some(url)) if url.protocol.kind == "http" && !url.user.is_empty() => url.signed_in(fields)?,
        (FieldType::Text, "host", Some(url)) if [url.protocol.kind, ANY_PROTOCOL].contains(&kind) => url.by_host(fields),
        (FieldType::Text, "host", None) => host_with_port(kind, text)?,
        _ => return None,
    };
    Some(said.into_iter().filter(|(name, value)| !value.is_empty() && field(fields, name).is_some()).collect())
}

/// Without what stands around it in an `.env` file: `DATABASE_URL="…"`.
fn unassigned(text: &str) -> &str {
    let value = match text.split_once('=') {
        Some((name, value)) if !name.contains(':') => value,
        _ => text,
    };
    value.trim_matches(['"', '\''])
}

impl<'a> ServiceUrl<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix("jdbc:").unwrap_or(text);
        let (scheme, rest) = split_scheme(text)?;
        // `postgresql+asyncpg` names the library that speaks it as well.
        let spoken = scheme.split('+').next()?;
        let protocol = PROTOCOLS.iter().find(|protocol| spoken.eq_ignore_ascii_case(protocol.scheme))?;
        if rest.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return None;
        }
        let authority = authority(rest);
        let (signing_in, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = signing_in.split_once(':').unwrap_or((signing_in, ""));
        let (host, port) = host_and_port(address)?;
        let behind = rest.strip_prefix(authority).unwrap_or_default();
        let path = behind.split(['?', '#']).next().unwrap_or_default();
        let query = behind.split_once('?').map_or("", |(_, query)| query);
        let parameter = |name: &str| query.split(['&', '#']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        // Drivers for Java sign in by parameters; what asks for a web page with them does something else.
        let signs_in = |name, said: &'a str| if said.is_empty() && protocol.kind != "http" { parameter(name).unwrap_or_default() } else { said };
        Some(Self {
            protocol,
            user: decoded(signs_in("user", user))?,
            password: decoded(signs_in("password", password))?,
            host,
            port: port.unwrap_or(protocol.port),
            path: decoded(path.strip_prefix('/').unwrap_or(path))?,
            bare: format!("{scheme}://{address}{behind}"),
            ssl_mode: parameter("sslmode"),
        })
    }

    /// For a kind that has a field for each part.
    fn by_host(self, fields: &[Field]) -> Vec<(&'static str, String)> {
        let tls = match field(fields, "tls").map(|field| field.kind) {
            Some(FieldType::Boolean) => self.protocol.tls.to_string(),
            _ => self.ssl_mode.map(known_mode).unwrap_or_default().to_owned(),
        };
        let security = if self.protocol.tls || self.port == 465 { "tls" } else { "starttls" };
        vec![
            ("host", self.host.to_owned()),
            ("port", self.port.to_string()),
            ("user", self.user),
            ("password", self.password),
            ("database", self.path),
            ("tls", tls),
            ("security", security.to_owned()),
        ]
    }

    /// For a kind that signs in beside its URL.
    fn signed_in(self, fields: &[Field]) -> Option<Vec<(&'static str, String)>> {
        let basic = |field: &&Field| field.choices.iter().flatten().any(|choice| choice == "basic");
        field(fields, "auth").filter(basic)?;
        Some(vec![("url", self.bare), ("auth", "basic".to_owned()), ("username", self.user), ("password", self.password)])
    }
}

/// What has no protocol that is known here and yet says its port: `db.example.org:6543`, for what takes any protocol also `mqtt://broker.example.org:1883`.
fn host_with_port(kind: &str, text: &str) -> Option<Vec<(&'static str, String)>> {
    let address = match split_scheme(text) {
        Some((_, rest)) if kind == ANY_PROTOCOL => rest,
        Some(_) => return None,
        None => text,
    };
    let (host, port) = host_and_port(authority(address)).filter(|(host, _)| !host.contains(char::is_whitespace))?;
    Some(vec![("host", host.to_owned()), ("port", port?.to_string())])
}

/// A mode of libpq as the one of ours that asks for at least as much.
fn known_mode(mode: &str) -> &str {
    match mode {
        "allow" => "prefer",
        "verify-ca" => "verify-full",
        mode => mode,
    }
}

/// One host, and its port if it has one. An address of IPv6 stands in brackets.
fn host_and_port(address: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    let port = match port.strip_prefix(':') {
        Some("") => None,
        Some(digits) => Some(digits.parse().ok()?),
        None if port.is_empty() => None,
        None => return None,
    };
    (!host.is_empty() && !host.contains(',')).then_some((host, port))
}

/// Without its `%20`; a `%` that begins nothing stands for itself.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.first_chunk::<2>().filter(|_| *first == b'%').and_then(|digits| {
            let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_host() -> Vec<Field> {
        vec![
            Field::text("host", "Host"),
            Field::port(5432),
            Field::text("database", "Database"),
            Field::text("user", "User"),
            Field::secret("password", "Password"),
            Field::choice("tls", "TLS", &["prefer", "disable", "require", "verify-full"]),
        ]
    }

    fn split(kind: &str, fields: &[Field], into: &str, text: &str) -> Option<String> {
        let said = split_over(kind, fields, into, text)?;
        Some(said.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn an_address_of_a_database_fills_its_fields() {
        let table = [
            (
                "postgres://app:s3cret@db.example.org:5433/orders?sslmode=require",
                "host=db.example.org port=5433 user=app password=s3cret database=orders tls=require",
            ),
            (" postgresql://db/orders ", "host=db port=5432 database=orders"),
            ("postgres://a%40b:p%2Fq%25@[::1]/x?a=b&sslmode=verify-ca", "host=::1 port=5432 user=a@b password=p/q% database=x tls=verify-full"),
            ("POSTGRES://u:p@ss@db:/", "host=db port=5432 user=u password=p@ss"),
            ("postgres://u:100%@db", "host=db port=5432 user=u password=100%"),
            ("jdbc:postgresql://db:5433/orders?user=app&password=a%26b", "host=db port=5433 user=app password=a&b database=orders"),
            ("postgresql+asyncpg://app:pw@db/orders", "host=db port=5432 user=app password=pw database=orders"),
            ("export DATABASE_URL=\"postgres://app:pw@db/orders?sslmode=require\"", "host=db port=5432 user=app password=pw database=orders tls=require"),
            ("DATABASE_URL=postgres://db", "host=db port=5432"),
            ("'postgres://app:p=w@db'", "host=db port=5432 user=app password=p=w"),
            ("postgres://app:pw@db?user=other", "host=db port=5432 user=app password=pw"),
        ];
        for (text, expected) in table {
            assert_eq!(split("postgres", &of_host(), "host", text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_a_scheme_says_of_encryption_is_taken() {
        let mut fields = of_host();
        fields.pop();
        fields.push(Field::boolean("tls", "TLS"));
        assert_eq!(split("redis", &fields, "host", "rediss://:pw@cache/2").as_deref(), Some("host=cache port=6379 password=pw database=2 tls=true"));
        assert_eq!(split("redis", &fields, "host", "valkeys://:pw@cache").as_deref(), Some("host=cache port=6379 password=pw tls=true"));
        assert_eq!(split("redis", &fields, "host", "redis://cache").as_deref(), Some("host=cache port=6379 tls=false"));
        let mail = [Field::text("host", "Host"), Field::port(587), Field::choice("security", "Encryption", &["none", "starttls", "tls"])];
        assert_eq!(split("smtp", &mail, "host", "smtps://mail.example.org").as_deref(), Some("host=mail.example.org port=465 security=tls"));
        assert_eq!(split("smtp", &mail, "host", "smtp://mail").as_deref(), Some("host=mail port=587 security=starttls"));
    }

    #[test]
    fn whatever_listens_takes_any_address() {
        let fields = [Field::text("host", "Host"), Field::port(1), Field::boolean("tls", "TLS")];
        assert_eq!(split("tcp", &fields, "host", "https://api.example.org/health").as_deref(), Some("host=api.example.org port=443 tls=true"));
        assert_eq!(split("tcp", &fields, "host", "mqtt://broker.example.org:1883").as_deref(), Some("host=broker.example.org port=1883"));
        assert_eq!(split("tcp", &fields, "host", "mqtt://broker.example.org"), None);
    }

    #[test]
    fn a_port_behind_a_host_goes_where_it_belongs() {
        for (text, expected) in [
            ("db.example.org:6543", Some("host=db.example.org port=6543")),
            ("192.0.2.7:5432", Some("host=192.0.2.7 port=5432")),
            ("[2001:db8::7]:5432", Some("host=2001:db8::7 port=5432")),
            ("db:5432/orders", Some("host=db port=5432")),
            ("2001:db8::7", None),
            ("db:", None),
            ("db:65536", None),
            ("d b:5432", None),
        ] {
            assert_eq!(split("postgres", &of_host(), "host", text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_web_address_is_only_split_where_it_signs_in() {
        let fields = [
            Field::url("url", "URL"),
            Field::choice("auth", "Authentication", &["none", "basic"]),
            Field::text("username", "User name"),
            Field::secret("password", "Password"),
        ];
        let said = split("http", &fields, "url", "https://ada:pw@api.example.org:8443/health?a=b");
        assert_eq!(said.as_deref(), Some("url=https://api.example.org:8443/health?a=b auth=basic username=ada password=pw"));
        assert_eq!(split("http", &fields, "url", "https://api.example.org/health"), None);
        assert_eq!(split("http", &fields, "url", "https://api.example.org/?user=ada&password=pw"), None);
        assert_eq!(split("s3", &fields[..1], "url", "https://ada:pw@api.example.org"), None);
    }

    #[test]
    fn what_is_no_address_of_the_kind_stays_as_it_is() {
        for text in
            ["", "db.example.org", "redis://cache", "ftp://db", "postgres://", "postgres://a,b/x", "postgres://db:port", "postgres://d b", "postgres://%ff@db"]
        {
            assert_eq!(split("postgres", &of_host(), "host", text), None, "{text}");
        }
        assert_eq!(split("postgres", &of_host(), "database", "postgres://db"), None);
    }
}
