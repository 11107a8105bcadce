//! `souk answers report`: how often the help helps, and which questions it does not answer.

use anyhow::Result;
use clap::Subcommand;
use souk_protocol::staff::{self, AnswerCount, HelpReport, QueryCount};

use crate::orders::table;
use crate::searches::ReportArgs;

/// What `souk answers` does.
#[derive(Subcommand)]
pub(crate) enum AnswersTask {
    /// How often answers were opened and helped, how many questions ended at one, and which have none.
    Report(ReportArgs),
}

/// Shows the report.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(task: &AnswersTask) -> Result<()> {
    let AnswersTask::Report(args) = task;
    let report: HelpReport = args.ask(&staff::REPORT_HELP)?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", show(&report)),
    }
    Ok(())
}

fn show(report: &HelpReport) -> String {
    let HelpReport {
        searches,
        answered,
        contacts,
        ..
    } = report;
    if *searches == 0 && report.answers.is_empty() {
        return "the help was not asked\n".to_owned();
    }
    let mut text = format!("questions: {searches}, with answers: {answered}");
    if *answered > 0 {
        let ended = answered - contacts;
        let share = ended * 100 / answered;
        text += &format!(", ended there: {ended} ({share} %)");
    }
    text.push('\n');
    if !report.answers.is_empty() {
        let row = |one: &AnswerCount| {
            let [opened, yes, no] =
                [one.opened, one.helpful, one.not_helpful].map(|n| n.to_string());
            [opened, yes, no, one.locale.clone(), one.slug.clone()]
        };
        let answers = report.answers.iter().map(row);
        let heads = ["opened", "helped", "did not", "language", "answer"];
        text += &format!("\n{}", table(heads, answers));
    }
    if !report.zero.is_empty() {
        let row = |one: &QueryCount| [one.count.to_string(), one.locale.clone(), one.query.clone()];
        let zero = report.zero.iter().map(row);
        text += "\nno answer to:\n";
        text += &table(["asked", "language", "question"], zero);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_how_many_questions_ended_at_an_answer() {
        assert_eq!(show(&HelpReport::default()), "the help was not asked\n");
        let mut report = HelpReport {
            searches: 12,
            answered: 9,
            contacts: 2,
            ..HelpReport::default()
        };
        let line = "questions: 12, with answers: 9, ended there: 7 (77 %)\n";
        assert_eq!(show(&report), line);
        report.answers.push(AnswerCount {
            slug: "delivery".to_owned(),
            locale: "en".to_owned(),
            opened: 5,
            helpful: 3,
            not_helpful: 1,
        });
        report.zero.push(QueryCount {
            query: "gift wrap".to_owned(),
            locale: "en".to_owned(),
            count: 3,
            clicks: None,
        });
        assert_eq!(
            show(&report),
            format!(
                "{line}\nopened  helped  did not  language  answer\n\
                 5       3       1        en        delivery\n\
                 \nno answer to:\nasked  language  question\n3      en        gift wrap\n"
            )
        );
    }
}
