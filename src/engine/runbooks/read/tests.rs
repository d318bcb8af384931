use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

const GOOD: &str = "name: Pool
description: |
  Why *this* is, and a < b.
applies_to: { kinds: [postgres], causes: [too_many_connections], tags: [core], environments: [production] }
trigger: incident
steps:
  - title: Look
    do: { diagnose: { scenarios: [connections] } }
  - title: Mend {{connection}}
    text: |
      psql -h {{connection.host}} -p {{ connection.port }}
    do: manual
  - title: Below
    do: { check: { signal: connections_used, of: \"{{connection}}\", below: 80, within: 5m } }
  - { title: Name, do: { dns: { name: a.example.org, expected: [192.0.2.7], ttl_at_most: 60 } } }
  - { title: Page, do: { http: { url: \"https://{{connection.host}}/healthz\", expected_status: 200, conditions: [\"json:$.status == ok\"] } } }
  - { title: Wait, do: { wait: { for: 90s } } }
  - { title: Tell, do: { notify: { severity: p1, text: Mended } } }
  - { title: Agree, do: approve }
  - { title: Test, do: verify }
";

#[test]
fn a_good_document_is_read_whole() {
    let runbook = read(GOOD, &Kinds::all()).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!((runbook.name.as_str(), runbook.steps.len(), runbook.trigger), ("Pool", 9, Some(Trigger::Incident)));
    assert_eq!(runbook.description, "Why *this* is, and a < b.");
    let check = Check { signal: "connections_used".into(), bound: Bound::Below(80.0), within: "5m".parse().ok() };
    assert_eq!(runbook.steps[2].action, StepAction::Check(check));
    let again: Runbook = serde_json::from_value(serde_json::to_value(&runbook).expect("JSON")).expect("the same");
    assert_eq!(again, runbook);
}

/// A document of one step, which begins on line 3.
fn step(rest: &str) -> String {
    format!("name: A\nsteps:\n  - {rest}\n")
}

fn titled(action: &str) -> String {
    step(&format!("title: A\n    do: {action}"))
}

/// Each with the line that it is wrong on, and a part of what is said.
#[expect(clippy::too_many_lines, reason = "a table: a row for each")]
fn malformed() -> Vec<(String, usize, &'static str)> {
    let bomb = format!("name: A\na: &a [x, x]\nb: &b [*a, *a]\nsteps: [{}]\n", "*b, ".repeat(50));
    let deep = format!("name: A\nsteps: {}\n", "[".repeat(200));
    let many = format!("name: A\nsteps:\n{}", "  - { title: A, do: manual }\n".repeat(101));
    let flood = format!("name: A\ndescription: [{}]\n", "a, ".repeat(6_000));
    let long = format!("name: {}\nsteps: [{{ title: A, do: manual }}]\n", "a".repeat(101));
    let mut table: Vec<(String, usize, &'static str)> = vec![
        (String::new(), 1, "is empty"),
        ("# nothing\n".into(), 1, "is empty"),
        ("just words".into(), 1, "must have members"),
        ("- a\n- b".into(), 1, "must have members"),
        ("x".repeat(10 << 20), 1, "at most 64 KB"),
        (format!("name: A\nsteps: []\n#{}", "x".repeat(LARGEST)), 1, "at most 64 KB"),
        ("name: A\nname: B\nsteps: [{ title: A, do: manual }]\n".into(), 2, "“name” is given twice"),
        ("steps: [{ title: A, do: manual }]\n".into(), 1, "“name” is missing"),
        ("name: A\n".into(), 1, "“steps” is missing"),
        ("name:\nsteps: [{ title: A, do: manual }]\n".into(), 1, "A value is missing"),
        ("name: ~\nsteps: [{ title: A, do: manual }]\n".into(), 1, "A value is missing"),
        ("name: [A]\nsteps: [{ title: A, do: manual }]\n".into(), 1, "must be a text"),
        ("name: A\nsteps: []\n".into(), 2, "1 to 100 steps"),
        ("name: A\nsteps: none\n".into(), 2, "“steps” must be a list"),
        ("name: A\nsteps:\n  title: A\n".into(), 3, "“steps” must be a list"),
        (many, 3, "1 to 100 steps"),
        (long, 1, "At most 100 characters"),
        (flood, 2, "More than 5000 values"),
        (deep, 2, "Nested more than"),
        (bomb, 2, "Anchors"),
        ("name: &a A\nsteps: [{ title: A, do: manual }]\n".into(), 1, "Anchors"),
        ("name: A\nsteps: &s\n  - { title: A, do: manual }\n".into(), 2, "Anchors"),
        ("name: A\nsteps:\n  - { title: A, do: manual }\n  - *a\n".into(), 4, "unknown anchor"),
        ("name: !!str A\nsteps: [{ title: A, do: manual }]\n".into(), 1, "Tags"),
        ("name: A\nsteps: !!python/object/apply:os.system [x]\n".into(), 2, "Tags"),
        ("name: A\nsteps: [{ title: A, do: manual }]\n---\nname: B\n".into(), 3, "One document only"),
        ("name: A\n\tsteps: []\n".into(), 2, "no YAML"),
        ("name: \"A\nsteps: []\n".into(), 1, "no YAML"),
        ("name: A\nsteps: [{ title: A, do: manual }\n".into(), 3, "no YAML"),
        ("name: A\nsteps: }\n".into(), 2, "no YAML"),
        ("? [a, b]\n: c\n".into(), 1, "must be a word"),
        ("name: A\nowner: me\nsteps: [{ title: A, do: manual }]\n".into(), 2, "“owner” is no member of “runbook”"),
        ("name: A\n<<: { a: b }\nsteps: [{ title: A, do: manual }]\n".into(), 2, "“<<” is no member"),
        ("name: \"A\\u202e\"\nsteps: [{ title: A, do: manual }]\n".into(), 1, "turns text around"),
        ("name: \"A\\u0007\"\nsteps: [{ title: A, do: manual }]\n".into(), 1, "control character"),
        ("name: \"A\\nB\"\nsteps: [{ title: A, do: manual }]\n".into(), 1, "on one line"),
        ("name: <script>alert(1)</script>\nsteps: [{ title: A, do: manual }]\n".into(), 1, "HTML (<script>)"),
        ("name: A\ndescription: |\n  fine\n  <IMG src=x onerror=y>\nsteps: [{ title: A, do: manual }]\n".into(), 4, "HTML (<img>)"),
        ("name: A\ntrigger: always\nsteps: [{ title: A, do: manual }]\n".into(), 2, "must be one of preflight"),
        ("name: A\napplies_to: postgres\nsteps: [{ title: A, do: manual }]\n".into(), 2, "must have members"),
        ("name: A\napplies_to:\n  kinds:\n    - mysql\nsteps: [{ title: A, do: manual }]\n".into(), 4, "no kind “mysql”"),
        ("name: A\napplies_to:\n  causes: [bad_luck]\nsteps: [{ title: A, do: manual }]\n".into(), 3, "no cause “bad_luck”"),
        ("name: A\napplies_to:\n  environments: [moon]\nsteps: [{ title: A, do: manual }]\n".into(), 3, "must be one of development"),
        ("name: A\napplies_to: { tags: core }\nsteps: [{ title: A, do: manual }]\n".into(), 2, "must be a list"),
        (step("just words"), 3, "“step” must have members"),
        (step("title: A"), 3, "“do” is missing"),
        (step("do: manual"), 3, "“title” is missing"),
        (step("title: A\n    do: manual\n    repeat: 3"), 5, "“repeat” is no member of “step”"),
        (step("title: A\n    do: manual\n    steps: [{ title: B, do: manual }]"), 5, "“steps” is no member of “step”"),
        (step("title: \"{{team.other}}\"\n    do: manual"), 3, "“team.other” cannot be filled in"),
        (step("title: A\n    text: |\n      fine\n      {{connection.password}}\n    do: manual"), 6, "“connection.password” cannot be filled in"),
        (step("title: A\n    text: \"{{ connection\"\n    do: manual"), 4, "not closed"),
        (step("title: A\n    text: \"{{release.version}}\"\n    do: manual"), 4, "no releases or cutovers yet"),
        (step("title: A\n    text: \"\\x7b\\x7bsecret\\x7d\\x7d\"\n    do: manual"), 4, "“secret” cannot be filled in"),
    ];
    let actions = [
        ("reboot", "There is no verb “reboot”"),
        ("{ reboot: {} }", "There is no verb “reboot”"),
        ("{ loop: { steps: [1] } }", "There is no verb “loop”"),
        ("{ flag: { trustedDevice: false } }", "no flags yet"),
        ("{ manual: { by: me } }", "takes nothing"),
        ("[manual]", "one verb, not a list"),
        ("{}", "exactly one verb"),
        ("{ wait: { for: 5m }, manual: ~ }", "exactly one verb"),
        ("diagnose", "must say more"),
        ("{ diagnose: { scenarios: [] } }", "at least one scenario"),
        ("{ diagnose: {} }", "“scenarios” is missing"),
        ("{ diagnose: { scenarios: [root_shell] } }", "scenario “root_shell”"),
        ("{ check: { below: 5 } }", "“signal” is missing"),
        ("{ check: { signal: happiness, below: 5 } }", "no signal “happiness”"),
        ("{ check: { signal: latency_ms } }", "exactly one of below"),
        ("{ check: { signal: latency_ms, below: 5, above: 3 } }", "exactly one of below"),
        ("{ check: { signal: latency_ms, below: much } }", "must be a number"),
        ("{ check: { signal: latency_ms, below: .inf } }", "must be a number"),
        ("{ check: { signal: latency_ms, below: 5, within: soon } }", "a time from 1s to 7d"),
        ("{ check: { signal: latency_ms, below: 5, of: Orders } }", "“of” can only be"),
        ("{ dns: { record_type: A } }", "“name” is missing"),
        ("{ dns: { name: a.example.org, record_type: MAGIC } }", "“record_type”"),
        ("{ dns: { name: a.example.org, ttl_at_most: -1 } }", "a whole number"),
        ("{ http: { method: GET } }", "“url” is missing"),
        ("{ http: { url: \"file:///etc/passwd\" } }", "“url”"),
        ("{ http: { url: \"https://a.example\", method: DELETE } }", "“method”"),
        ("{ http: { url: \"https://a.example\", expected_status: fine } }", "“expected_status”"),
        ("{ http: { url: \"https://a.example\", conditions: [maybe] } }", "“conditions”"),
        ("{ http: { url: \"https://a.example\", headers: { a: b } } }", "“headers” is no member"),
        ("{ wait: { for: 30d } }", "a time from 1s to 7d"),
        ("{ wait: {} }", "“for” is missing"),
        ("{ notify: { text: A } }", "either a channel"),
        ("{ notify: { channel: Desk, severity: p1, text: A } }", "either a channel"),
        ("{ notify: { severity: p9, text: A } }", "must be one of p1"),
        ("{ notify: { channel: Desk } }", "“text” is missing"),
    ];
    table.extend(actions.map(|(action, said)| (titled(action), 4, said)));
    table
}

#[test]
fn what_is_malformed_is_refused_with_its_line_and_a_reason() {
    let table = malformed();
    assert!(table.len() >= 60, "{}", table.len());
    let mut wrong = Vec::new();
    for (yaml, line, said) in table {
        let told = problems(&yaml);
        if !told.iter().any(|problem| problem.line == line && problem.message.contains(said)) {
            let shown: String = yaml.chars().take(120).collect();
            wrong.push(format!("{shown:?}: line {line}, {said:?}: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_is_told_at_once_in_the_order_of_lines() {
    let told = problems("name: A\ntrigger: never\nsteps:\n  - title: B\n    do: { wait: { for: x } }\n  - title: C\n    do: jump\n");
    assert_eq!(told.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 5, 7], "{told:?}");
}

/// What of a document may stand beside what: the schema knows the same members as the reader.
#[test]
fn the_schema_has_the_members_that_are_read() {
    let schema: Value = serde_json::from_str(super::super::SCHEMA).expect("JSON");
    let names = |of: &Value| of["properties"].as_object().expect("members").keys().cloned().collect::<BTreeSet<_>>();
    for (what, members) in MEMBERS {
        let of = match *what {
            "runbook" => &schema,
            "applies_to" => &schema["properties"]["applies_to"],
            other => &schema["$defs"][other],
        };
        assert_eq!(of["additionalProperties"], false, "{what}");
        assert_eq!(names(of), members.iter().map(|name| (*name).to_owned()).collect(), "{what}");
    }
    assert_eq!(schema["properties"]["name"]["maxLength"], LONGEST_NAME);
    let triggers: Vec<_> = Trigger::iter().map(|trigger| trigger.to_string()).collect();
    assert_eq!(schema["properties"]["trigger"]["enum"], serde_json::json!(triggers));
    let types = probes::kinds::dns::Dns::new();
    let types = probes::kinds::ConnectionKind::descriptor(&types).field("record_type").and_then(|field| field.choices.clone());
    assert_eq!(schema["$defs"]["dns"]["properties"]["record_type"]["enum"], serde_json::json!(types));
}
