//! `switchboard runbooks`: check a document, on any machine.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use domain::runbook::LARGEST;
use engine::runbooks::read;
use probes::kinds::Kinds;
use serde_json::json;

use super::{Failure, output::Output};

#[derive(Debug, Subcommand)]
pub enum Runbooks {
    /// Check a document: 0 it can be kept, 1 it has faults, which are told with their lines, 2 it could not be read.
    Validate {
        /// The YAML file.
        file: PathBuf,
    },
}

impl Runbooks {
    pub fn run(self, out: Output) -> Result<(), Failure> {
        let Self::Validate { file } = self;
        let unreadable = |error: &dyn std::fmt::Display| Failure::Fatal(format!("{} cannot be read: {error}", file.display()));
        let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        let size = fs::metadata(&file).map_err(|error| unreadable(&error))?.len();
        // What is too large is refused by its size, without being read.
        let yaml = if size > most { " ".repeat(LARGEST + 1) } else { fs::read_to_string(&file).map_err(|error| unreadable(&error))? };
        match read::read(&yaml, &Kinds::all()) {
            Ok(runbook) => out.result(&json!({ "errors": [] }), &format!("valid: {}, {} steps", runbook.name, runbook.steps.len())),
            Err(problems) => {
                out.result(&json!({ "errors": problems }), "")?;
                let lines: Vec<_> = problems.iter().map(|problem| format!("{}:{}: {}", file.display(), problem.line, problem.message)).collect();
                Err(Failure::Negative(lines.join("\n")))
            }
        }
    }
}
