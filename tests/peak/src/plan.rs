//! What a run consists of: how many visitors and units, how much goes wrong. A plan follows from its
//! seed, and can be made smaller.

use fastrand::Rng;

/// Delays of a good network, and of one that spreads the polls of a crowd within minutes.
const IN_PHASE_MS: i64 = 30;
const SPREADING_MS: i64 = 700;

/// What a run consists of. Shares are in a thousand, times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where all chance of the run comes from.
    pub seed: u64,
    /// Visitors, bots not among them.
    pub visitors: usize,
    /// Units for sale.
    pub units: i64,
    /// Units that a buyer may have.
    pub limit: u32,
    /// How many may be inside, of a thousand units.
    pub overbook: u32,
    /// How long a turn is.
    pub turn_ms: i64,
    /// How long an order holds its units.
    pub pay_within_ms: i64,
    /// How long before the opening visitors come.
    pub gathers_ms: i64,
    /// Of the visitors: who come before the opening.
    pub early: u32,
    /// Of them: who have left when their turn comes.
    pub leaving: u32,
    /// Of the visitors: who stay away for a while and come back.
    pub sleeping: u32,
    /// Of the visitors: who have no scripts.
    pub scriptless: u32,
    /// By how much the network delays a poll at most, in milliseconds. With a short delay browsers keep
    /// the phase in which they poll, so those that return together poll together.
    pub delay_ms: i64,
    /// Of those who are called: who leave without an order.
    pub undecided: u32,
    /// Of the orders: that are not paid.
    pub unpaid: u32,
    /// Whether buyers are known by their e-mail address.
    pub by_email: bool,
    /// Buyers who send bots, with so many tickets each.
    pub bots: usize,
    /// See `bots`.
    pub bot_tickets: usize,
    /// Edges.
    pub edges: usize,
    /// Of the edges: whose clocks are wrong.
    pub wrong_clocks: u32,
    /// Clocks that are set while the sale goes on.
    pub clock_jumps: usize,
    /// Pulses that do not arrive, at each edge.
    pub lost_pulses: u32,
    /// Reports that do not arrive.
    pub lost_reports: u32,
    /// Requests of visitors that do not arrive, and answers.
    pub lost_requests: u32,
    /// Times at which an edge gets no pulses for up to a minute.
    pub cuts: usize,
    /// Edges that start anew.
    pub restarts: usize,
    /// How often the usher's object is killed.
    pub kills: usize,
    /// Times at which no report arrives for up to two minutes.
    pub silences: usize,
    /// Times at which the staff pause the sale for up to a minute.
    pub pauses: usize,
    /// Times at which the origin is slow.
    pub slow: usize,
}

impl Plan {
    /// The plan of a seed. A third of all runs is without faults of each kind, so that rare
    /// interleavings are not drowned in noise.
    pub fn of(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed ^ 0x5045_414B);
        let mut share = |most: i64| random.i64(-most / 2..=most).max(0) as u32;
        let (leaving, sleeping, scriptless) = (share(500), share(60), share(300));
        let (undecided, unpaid) = (share(300), share(300));
        let (wrong_clocks, lost_pulses) = (share(600), share(300));
        let (lost_reports, lost_requests) = (share(300), share(50));
        let mut count = |most: i64| random.i64(-most / 2..=most).max(0) as usize;
        let (bots, clock_jumps, cuts) = (count(6), count(4), count(4));
        let (restarts, kills) = (count(4), count(4));
        let (silences, pauses, slow) = (count(1), count(2), count(2));
        let units = *random.choice(&[100, 100, 200, 500]).expect("some");
        Self {
            seed,
            visitors: random.usize(200..=4_000),
            units,
            limit: *random.choice(&[1, 1, 1, 2, 3]).expect("some"),
            overbook: 1_000,
            turn_ms: 120_000,
            pay_within_ms: 120_000,
            gathers_ms: 300_000,
            early: random.u32(0..=1_000),
            leaving,
            sleeping,
            scriptless,
            delay_ms: match seed % 4 {
                2 => IN_PHASE_MS,
                _ => SPREADING_MS,
            },
            undecided,
            unpaid,
            by_email: random.bool(),
            bots,
            bot_tickets: random.usize(2..=40),
            edges: random.usize(2..=12),
            wrong_clocks,
            clock_jumps,
            lost_pulses,
            lost_reports,
            lost_requests,
            cuts,
            restarts,
            kills,
            silences,
            pauses,
            slow,
        }
    }

    /// A crowd of a hundred thousand for a thousand units, of whom 30 % leave, with some of each fault.
    pub fn crowd(seed: u64) -> Self {
        Self {
            visitors: 100_000,
            units: 1_000,
            limit: 1,
            turn_ms: 300_000,
            pay_within_ms: 300_000,
            early: 600,
            leaving: 300,
            sleeping: 10,
            scriptless: 200,
            undecided: 150,
            unpaid: 150,
            bots: 5,
            bot_tickets: 200,
            edges: 20,
            wrong_clocks: 200,
            clock_jumps: 2,
            lost_pulses: 100,
            lost_reports: 100,
            lost_requests: 20,
            cuts: 2,
            restarts: 2,
            kills: 2,
            silences: 0,
            pauses: 0,
            slow: 1,
            ..Self::of(seed)
        }
    }

    /// A crowd that came before the opening and polls in phase, without any fault: of those who are
    /// called 15 % leave.
    pub fn in_phase(seed: u64) -> Self {
        Self {
            visitors: 2_000,
            units: 200,
            limit: 1,
            // No turn ends before all is sold, so its end gives no place to another.
            turn_ms: 1_200_000,
            early: 1_000,
            leaving: 0,
            sleeping: 0,
            scriptless: 0,
            delay_ms: IN_PHASE_MS,
            undecided: 150,
            unpaid: 0,
            by_email: false,
            bots: 0,
            edges: 4,
            wrong_clocks: 0,
            clock_jumps: 0,
            lost_pulses: 0,
            lost_reports: 0,
            lost_requests: 0,
            cuts: 0,
            restarts: 0,
            kills: 0,
            silences: 0,
            pauses: 0,
            slow: 0,
            ..Self::of(seed)
        }
    }

    /// Plans with one thing less each, the largest steps first.
    pub fn smaller(&self) -> Vec<Plan> {
        let mut plans = Vec::new();
        let mut add = |change: &dyn Fn(&mut Plan)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan != *self {
                plans.push(plan);
            }
        };
        add(&|plan| plan.kills = 0);
        add(&|plan| (plan.cuts, plan.restarts) = (0, 0));
        add(&|plan| (plan.wrong_clocks, plan.clock_jumps) = (0, 0));
        add(&|plan| plan.silences = 0);
        add(&|plan| plan.pauses = 0);
        add(&|plan| plan.slow = 0);
        add(&|plan| plan.bots = 0);
        add(&|plan| plan.lost_pulses = 0);
        add(&|plan| plan.lost_reports = 0);
        add(&|plan| plan.lost_requests = 0);
        add(&|plan| plan.leaving = 0);
        add(&|plan| plan.sleeping = 0);
        add(&|plan| plan.scriptless = 0);
        add(&|plan| plan.undecided = 0);
        add(&|plan| plan.unpaid = 0);
        add(&|plan| plan.limit = 1);
        add(&|plan| plan.by_email = false);
        add(&|plan| plan.early = 1_000);
        add(&|plan| plan.early = 0);
        add(&|plan| plan.edges = (plan.edges / 2).max(1));
        add(&|plan| plan.visitors = (plan.visitors / 2).max(1));
        add(&|plan| plan.kills = plan.kills.saturating_sub(1));
        add(&|plan| plan.cuts = plan.cuts.saturating_sub(1));
        add(&|plan| plan.clock_jumps = plan.clock_jumps.saturating_sub(1));
        plans
    }
}
