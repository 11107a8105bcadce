//! `souk`: what the staff of a running shop do from the command line.
//!
//! One module per subcommand; this file only names them. How a shop is named and opened is in
//! [`shop`], the client of its staff API in [`client`].
//!
//! Architecture Invariant: everything goes through the staff API with a bearer token. This program
//! needs neither the repository nor any other program, and what it keeps is in the user's cache
//! directory; it can be installed on its own with `cargo install --path tools/souk`.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod advise;
mod answers;
mod audit;
mod backup;
mod capacity;
mod catalogue;
mod client;
mod codes;
mod export;
mod folder;
mod import;
mod insights;
mod journal;
mod keys;
mod ladder;
mod limits;
mod mails;
mod orders;
mod payments;
mod plan;
mod queues;
mod release;
mod report;
mod searches;
mod shards;
mod shop;
mod slo;
mod staff;
mod status;
mod stock;
mod switches;
mod tick;
mod toml_file;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "souk", version, about = "Operates a running shop")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Makes the folder of a new shop, with every setting explained.
    Init(folder::InitArgs),
    /// Says what is wrong in the folder of a shop; needs no shop.
    Check(folder::CheckArgs),
    /// Shows what publishing a folder would change.
    Diff(folder::FolderArgs),
    /// Publishes a folder: settings, words, pages, looks and products at once.
    Publish(folder::FolderArgs),
    /// Writes what is published as a folder.
    Pull(folder::PullArgs),
    /// Prints the JSON Schema of a file of the folder.
    Schema(folder::SchemaArgs),
    /// Checks and publishes `search.toml` alone: synonyms, pins, redirects and the like. Explains results,
    /// reports what shoppers search for.
    Search(folder::search::SearchArgs),
    /// Reports how often the help helps, and which questions it does not answer.
    #[command(subcommand)]
    Answers(answers::AnswersTask),
    /// Checks markets, prices, delivery, tax and promotions of a folder, shows what carts cost by them, and
    /// revokes promotions of a running shop.
    Terms(folder::terms::TermsArgs),
    /// Checks the sales of a folder, and shows what shoppers see of one.
    Sale(folder::sales::SaleArgs),
    /// Makes codes that are good for one order each.
    Codes(codes::CodesArgs),
    /// Checks, publishes, rolls back and lists catalogues.
    Catalogue(catalogue::CatalogueArgs),
    /// Shows what is understood of a product file; writes nothing and needs no shop.
    Import(import::ImportArgs),
    /// Learns from orders what is bought together, and shows what was learnt.
    Insights(insights::InsightsArgs),
    /// Writes what is published as files of another system.
    Export(export::ExportArgs),
    /// Lists, shows and changes orders.
    Orders(orders::OrdersArgs),
    /// Lists payments that the provider has and the books do not.
    Payments(payments::PaymentsArgs),
    /// Shows stock accounts, and books units that come in or are missing.
    Stock(stock::StockArgs),
    /// Recounts stock, orders and messages, names what does not add up, and repairs it.
    Audit(audit::AuditArgs),
    /// Shows the depth of the queues, and replays dead messages.
    Queues(queues::QueuesArgs),
    /// Lists mails that did not get to their buyers: refused, bounced, complained about.
    Mails(mails::MailsArgs),
    /// Shows the shards of the origin, and gives the shop more of them.
    Shards(shards::ShardsArgs),
    /// Shows and sets the level and the switches: what the shop leaves out at its peak.
    Switches(switches::SwitchesArgs),
    /// Shows how the shop stands on one screen: level, switches, signals, sales, journal.
    Status(status::StatusArgs),
    /// Says how well the shop means to serve, and how well it does.
    Slo(slo::SloArgs),
    /// Shows and sets how many requests a client may send.
    Limits(limits::LimitsArgs),
    /// Checks, tries, approves and arms the plan of a night, shows its steps, and fires one by hand.
    Plan(plan::PlanArgs),
    /// Gives a second build of the storefront to a share of the shoppers, and shows how it does.
    Release(release::ReleaseArgs),
    /// Measures which switches levels 1 to 3 should move, shows and sets them.
    Ladder(ladder::LadderArgs),
    /// Shows what a forecast needs of everything, what is full first, and what it costs; needs no shop.
    Capacity(capacity::CapacityArgs),
    /// Says before something is full, by signals over time, what to do about it; needs no shop.
    Advise(advise::AdviseArgs),
    /// Prints and checks the journal of what was set, by whom and why.
    Journal(journal::JournalArgs),
    /// Reports a night: what the journal, the list of orders, the audit, a sale and load generators say, what
    /// differs first.
    Report(report::ReportArgs),
    /// Makes, lists and revokes staff tokens.
    Staff(staff::StaffArgs),
    /// Compares the catalogue store with what is published, and uploads what is missing.
    Verify(verify::VerifyArgs),
    /// Copies the catalogue store and the origin into a folder; may be stopped and run again.
    Backup(backup::BackupArgs),
    /// Puts a folder of `souk backup` back into a shop that has nothing yet; may be stopped and run
    /// again.
    Restore(backup::RestoreArgs),
    /// Shows which data keys stored orders need, and seals everything with the newest one.
    Keys(keys::KeysArgs),
    /// Lets the shop do what is due: for a scheduler of a shop on Spin.
    Tick(tick::TickArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Init(args) => folder::init(&args),
        Task::Check(args) => folder::check(&args),
        Task::Diff(args) => folder::diff(&args),
        Task::Publish(args) => folder::publish(&args),
        Task::Pull(args) => folder::pull(&args),
        Task::Schema(args) => folder::print_schema(&args),
        Task::Search(args) => folder::search::run(&args),
        Task::Answers(task) => answers::run(&task),
        Task::Terms(args) => folder::terms::run(&args),
        Task::Sale(args) => folder::sales::run(&args),
        Task::Codes(args) => codes::run(&args),
        Task::Catalogue(args) => catalogue::run(&args),
        Task::Import(args) => import::run(&args),
        Task::Insights(args) => insights::run(&args),
        Task::Export(args) => export::run(&args),
        Task::Orders(args) => orders::run(&args),
        Task::Payments(args) => payments::run(&args),
        Task::Stock(args) => stock::run(&args),
        Task::Audit(args) => audit::run(&args),
        Task::Queues(args) => queues::run(&args),
        Task::Mails(args) => mails::run(&args),
        Task::Shards(args) => shards::run(&args),
        Task::Switches(args) => switches::run(&args),
        Task::Status(args) => status::run(&args),
        Task::Slo(args) => slo::run(&args),
        Task::Limits(args) => limits::run(&args),
        Task::Plan(args) => plan::run(&args),
        Task::Release(args) => release::run(&args),
        Task::Ladder(args) => ladder::run(&args),
        Task::Capacity(args) => capacity::run(&args),
        Task::Advise(args) => advise::run(&args),
        Task::Journal(args) => journal::run(&args),
        Task::Report(args) => report::run(&args),
        Task::Staff(args) => staff::run(&args),
        Task::Verify(args) => verify::run(&args),
        Task::Backup(args) => backup::backup(&args),
        Task::Restore(args) => backup::restore(&args),
        Task::Keys(args) => keys::run(&args),
        Task::Tick(args) => tick::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
