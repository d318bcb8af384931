//! A run as JUnit XML: a suite a connection, a case a scenario.

use std::time::Duration;

use domain::{
    bidi,
    diagnostic::{DiagnosticResult, DiagnosticTestRun},
    verification::StepOutcome,
};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Failure;

/// # Errors
/// The report cannot be written as XML.
pub fn of(run: &DiagnosticTestRun) -> Result<String, Failure> {
    let mut report = Report::new("switchboard diagnostics");
    for connection in run.results.chunk_by(|one, next| one.connection_id == next.connection_id) {
        let Some(first) = connection.first() else { continue };
        let mut suite = TestSuite::new(first.connection_name.as_str());
        suite.add_property(("run", run.id.to_string().as_str()));
        suite.add_test_cases(connection.iter().map(case));
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map(|text| bidi::visible(&text).chars().filter(|letter| fits_xml(*letter)).collect())
        .map_err(|error| Failure::Fatal(format!("the JUnit report cannot be written: {error}")))
}

/// XML 1.0, section 2.2: what else a service or a person writes cannot even be escaped.
const fn fits_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn case(result: &DiagnosticResult) -> TestCase {
    let status = match result.outcome {
        // An advisory failure blocks nothing: it passes, and says what was found.
        StepOutcome::Passed | StepOutcome::Warned => TestCaseStatus::success(),
        StepOutcome::Skipped => TestCaseStatus::skipped(),
        StepOutcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(result.found.as_str()).set_type("blocking").set_description(format!("{}\n{}\n{}", result.found, result.why, result.remediation));
            status
        }
    };
    let mut case = TestCase::new(result.scenario.as_str(), status);
    case.set_classname(result.connection_name.as_str());
    case.set_time(Duration::from_secs_f64((result.latency_ms / 1_000.0).max(0.0)));
    case.set_timestamp(result.finished_at.as_datetime());
    let said = if result.outcome == StepOutcome::Warned { format!("warned: {}\n{}", result.found, result.remediation) } else { result.found.clone() };
    case.set_system_out(said);
    case
}

#[cfg(test)]
mod tests {
    use super::fits_xml;

    #[test]
    fn what_xml_cannot_carry_is_dropped() {
        let carried = |text: &str| text.chars().filter(|letter| fits_xml(*letter)).collect::<String>();
        assert_eq!(carried("a\u{fffe}b\u{ffff}c\u{0}\u{1b}[1m\td\n"), "abc[1m\td\n");
        assert_eq!(carried("Öffnung 😀 \u{fffd}"), "Öffnung 😀 \u{fffd}");
    }
}
