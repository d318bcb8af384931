//! The page of a run: how it is narrowed, compared and unfolded, which is the shape of its address, and what it shows.

use serde::{Deserialize, Serialize};

use super::{
    ids::{EvidenceId, ProfileId, RunId},
    list_query::{page_number, search_text},
    verification::StepOutcome,
};

/// Lines on one page.
pub const LINES: usize = 40;
/// Lines of the comparison: three sorts of changes, each with a head, at most five that are named, and how many more there are; and what is as before.
pub const CHANGES: usize = 22;

/// What is asked of the page of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunPageQuery {
    /// Part of the name of a connection or of the title of a scenario, without regard to case.
    pub q: Option<String>,
    pub outcome: Option<StepOutcome>,
    /// The run it is compared with; absent for the time before each scenario.
    pub against: Option<RunId>,
    /// The connection all of whose scenarios are shown among the others.
    pub open: Option<ProfileId>,
    /// What a scenario kept is shown beneath it: one of its artefacts.
    pub evidence: Option<EvidenceId>,
    /// 1-based; absent for the page with what is unfolded.
    pub page: Option<u32>,
}

impl RunPageQuery {
    /// What an address or a form asks for, which says by name what it asks. What it asks for wrongly is left out.
    pub fn read(said: &dyn Fn(&str) -> Option<String>) -> Self {
        let said = |name| said(name).unwrap_or_default();
        Self {
            q: search_text(&said("q")),
            outcome: said("outcome").parse().ok(),
            against: said("against").parse().ok(),
            open: said("open").parse().ok(),
            evidence: said("evidence").parse().ok(),
            page: Some(said("page")).filter(|page| !page.is_empty()).map(|page| page_number(&page)),
        }
    }

    /// The same by name; what is as always is empty.
    pub fn pairs(&self) -> [(&'static str, String); 6] {
        [
            ("q", self.q.clone().unwrap_or_default()),
            ("outcome", self.outcome.map(|outcome| outcome.to_string()).unwrap_or_default()),
            ("against", self.against.map(|id| id.to_string()).unwrap_or_default()),
            ("open", self.open.map(|id| id.to_string()).unwrap_or_default()),
            ("evidence", self.evidence.map(|id| id.to_string()).unwrap_or_default()),
            ("page", self.page.map(|page| page.to_string()).unwrap_or_default()),
        ]
    }

    pub const fn is_filtered(&self) -> bool {
        self.q.is_some() || self.outcome.is_some()
    }

    /// Whether it asks for the same results against the same run, whatever is unfolded of them.
    pub fn fits_form_of(&self, other: &Self) -> bool {
        (&self.q, self.outcome, self.against) == (&other.q, other.outcome, other.against)
    }
}

/// A run as its page shows it, in words.
///
/// It travels, as all that it holds, as an array: the names of members would be read by a kilobyte of the browser part each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PageMembers", into = "PageMembers")]
pub struct RunPage {
    pub is_finished: bool,
    /// Whether who reads it may cancel it or run it again.
    pub may_act: bool,
    /// Whether that is on its way.
    pub is_sending: bool,
    /// What is shown of its results; while it goes on, those that failed, then the newest.
    pub lines: Vec<RunLine>,
    /// What is otherwise than before.
    pub changes: Vec<RunLine>,
    pub words: RunWords,
}

type PageMembers = (bool, bool, Vec<RunLine>, Vec<RunLine>, RunWords);

impl From<PageMembers> for RunPage {
    fn from((is_finished, may_act, lines, changes, words): PageMembers) -> Self {
        Self { is_finished, may_act, is_sending: false, lines, changes, words }
    }
}

impl From<RunPage> for PageMembers {
    fn from(page: RunPage) -> Self {
        (page.is_finished, page.may_act, page.lines, page.changes, page.words)
    }
}

/// Declares a struct of texts that travels as an array of them.
macro_rules! words {
    ($(#[$about:meta])* pub struct $name:ident { $($(#[$what:meta])* pub $member:ident: String,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "Vec<String>", into = "Vec<String>")]
        pub struct $name { $($(#[$what])* pub $member: String,)* }

        /// Another version of the console may know fewer or more of them.
        impl From<Vec<String>> for $name {
            fn from(words: Vec<String>) -> Self {
                let mut words = words.into_iter();
                Self { $($member: words.next().unwrap_or_default(),)* }
            }
        }

        impl From<$name> for Vec<String> {
            fn from(words: $name) -> Self {
                vec![$(words.$member,)*]
            }
        }
    };
}

words! {
    /// What the page says beside its lines.
    pub struct RunWords {
        /// The word, the icon (a path) and the tone of where it stands.
        pub status: String,
        pub icon: String,
        pub tone: String,
        /// How far it is, then as numbers: how many scenarios ended, of how many.
        pub progress: String,
        pub done: String,
        pub planned: String,
        /// What it decides, why, why evidence is missing, and how many scenarios ended how.
        pub verdict: String,
        pub reason: String,
        pub lost: String,
        pub counts: String,
        /// Said to those who listen: how it ended, or what a filter gives.
        pub announced: String,
        /// Why there are no lines.
        pub nothing: String,
        /// Where the filter is cleared; empty without one.
        pub clear: String,
        /// Which page of the lines this is, and the ways to those beside it.
        pub page: String,
        pub previous: String,
        pub next: String,
        /// What it is compared with, and what is said where nothing changed.
        pub compared: String,
        pub unchanged: String,
        /// How much evidence there is.
        pub kept: String,
        /// When it ended.
        pub ended_at: String,
        pub took: String,
        pub waited: String,
        /// When that was which it is compared with; empty for the time before each scenario.
        pub compared_at: String,
    }
}

words! {
    /// A connection, one of its scenarios, or what that kept; or a change, or the head of several. What has nothing to say is empty.
    pub struct RunLine {
        /// What it is, for whoever looks for it after lines have moved.
        pub key: String,
        pub class: String,
        /// A path.
        pub icon: String,
        /// A way somewhere: the words, the address, and whether that is `true` (unfolded here), `false`, or `undefined` where it does not unfold.
        pub link: String,
        pub address: String,
        pub expanded: String,
        pub title: String,
        /// Beside the title: the connection, where that is not plain.
        pub of: String,
        pub advisory: String,
        pub word: String,
        pub latency: String,
        /// What the latency is compared to.
        pub measure: String,
        pub found: String,
        /// Why it matters and what to do, where it did not pass.
        pub why: String,
        pub remediation: String,
        /// Since when it fails, then the run in which it passed last: its address, and when.
        pub since: String,
        pub passed_address: String,
        pub passed_at: String,
        /// Names of what it kept, the address that shows or hides that, and whether it is shown.
        pub evidence: String,
        pub evidence_address: String,
        pub evidence_expanded: String,
        /// What an artefact holds.
        pub text: String,
        /// Of a connection: its page, its runs, and the correlation ID that it was tried with.
        pub connection: String,
        pub runs: String,
        pub correlation_id: String,
        /// The address of what is under it, for who may read that.
        pub thread: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_survives_the_address_and_the_way_to_the_server() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let query = RunPageQuery {
            q: Some("a b".into()),
            outcome: Some(StepOutcome::Failed),
            against: id.parse().ok(),
            open: id.parse().ok(),
            evidence: id.parse().ok(),
            page: Some(3),
        };
        let pairs = query.pairs();
        assert!(pairs.iter().all(|(_, value)| !value.is_empty()));
        assert_eq!(RunPageQuery::read(&|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone())), query);
        let text = serde_json::to_string(&query).expect("JSON");
        assert_eq!(serde_json::from_str::<RunPageQuery>(&text).expect("a query"), query);
        assert_eq!(serde_json::from_str::<RunPageQuery>("{}").expect("a query"), RunPageQuery::default());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        assert_eq!(RunPageQuery::read(&|_| Some(" x ".into())), RunPageQuery { q: Some("x".into()), page: Some(1), ..RunPageQuery::default() });
        assert_eq!(RunPageQuery::read(&|_| None), RunPageQuery::default());
    }

    #[test]
    fn a_page_arrives_as_it_was_sent() {
        let line = |title: &str| RunLine { class: "failed".into(), title: title.into(), correlation_id: "last".into(), ..RunLine::default() };
        let words = RunWords { status: "Blocked".into(), waited: "3 s".into(), ..RunWords::default() };
        let page = RunPage { is_finished: true, may_act: true, is_sending: false, lines: vec![line("a"), line("b")], changes: vec![line("c")], words };
        let text = serde_json::to_string(&page).expect("JSON");
        assert!(text.starts_with('['), "{text}");
        assert_eq!(serde_json::from_str::<RunPage>(&text).expect("a page"), page);
    }

    #[test]
    fn fewer_words_than_are_known_leave_the_rest_empty() {
        assert_eq!(RunLine::from(vec![String::new(), "failed".to_owned()]), RunLine { class: "failed".into(), ..RunLine::default() });
    }
}
