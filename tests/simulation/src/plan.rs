//! What a run consists of: how many people, how much goes wrong. A plan follows from its seed, and
//! can be made smaller.

use crate::database::{Engine, StoreFaults};
use crate::random::Random;

/// What a run consists of. Shares are in a thousand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where all chance of the run comes from.
    pub seed: u64,
    /// How the database lives.
    pub engine: Engine,
    /// Instances of the storefront.
    pub edges: usize,
    /// SKUs on sale, with 0 to `units` units each.
    pub skus: usize,
    /// Most units of a SKU at the beginning.
    pub units: u64,
    /// Shoppers.
    pub shoppers: usize,
    /// Orders that each of them wants to place.
    pub orders_each: usize,
    /// Members of the staff.
    pub staff: usize,
    /// What each of them does.
    pub deeds_each: usize,
    /// Schedulers that let holds lapse.
    pub tickers: usize,
    /// Faults of the database.
    pub store: StoreFaults,
    /// Messages that never arrive.
    pub lost_requests: u32,
    /// Answers that never arrive.
    pub lost_replies: u32,
    /// Messages that arrive twice.
    pub doubled: u32,
    /// Messages that take seconds or minutes.
    pub delayed: u32,
    /// Processes that are killed.
    pub crashes: usize,
    /// Jumps of the origin's clock.
    pub clock_jumps: usize,
    /// Shards that the shop is created with.
    pub shards: u16,
    /// And has after some time, when it has grown.
    pub shards_later: u16,
    /// The number in the settings that it is deployed with at some time, by a slip.
    pub shards_slip: u16,
    /// Members of the staff who make it grow, each by a command of their own.
    pub growers: usize,
    /// Crowds that all want the same SKU.
    pub crowds: usize,
    /// Jumps of an edge's clock.
    pub edge_jumps: usize,
}

impl Plan {
    /// The plan of a seed. A third of all runs is without faults of each kind, so that rare
    /// interleavings are not drowned in noise.
    pub fn of(seed: u64) -> Self {
        let random = Random::new(seed ^ 0x5055_4C4F);
        let share = |most: i64| -> u32 {
            let drawn = random.between(-most / 2, most).max(0);
            u32::try_from(drawn).expect("not negative")
        };
        let count = |low: i64, high: i64| -> usize {
            usize::try_from(random.between(low, high).max(0)).expect("not negative")
        };
        Self {
            seed,
            engine: *random.pick(&[Engine::File, Engine::File, Engine::Object]),
            edges: count(1, 3),
            skus: count(1, 4),
            units: random.below(12) + 1,
            shoppers: count(2, 6),
            orders_each: count(1, 6),
            staff: count(1, 4),
            deeds_each: count(8, 32),
            tickers: count(1, 2),
            store: StoreFaults {
                before: share(30),
                after: share(30),
            },
            lost_requests: share(120),
            lost_replies: share(120),
            doubled: share(150),
            delayed: share(150),
            crashes: count(-2, 6),
            clock_jumps: count(-3, 4),
            shards: 1,
            shards_later: 1,
            shards_slip: 1,
            growers: 0,
            crowds: 0,
            edge_jumps: 0,
        }
        .sharded(&random)
        .crowded(&random)
    }

    /// Half of all runs have several shards at some time, to which some grow on the way.
    fn sharded(mut self, random: &Random) -> Self {
        if random.chance(500) {
            self.shards = *random.pick(&[1, 1, 2, 3]);
            self.shards_later = self.shards + *random.pick(&[0, 1, 2]);
        }
        if self.shards_later > self.shards {
            self.growers = 1 + random.index(2);
        }
        self.shards_slip = self.shards;
        if random.chance(300) {
            self.shards_slip = u16::try_from(random.index(5) + 1).expect("a few");
        }
        self
    }

    /// Half of all runs have crowds, and so sold-out holds; in some of them edges do not know the
    /// time.
    fn crowded(mut self, random: &Random) -> Self {
        if random.chance(500) {
            self.crowds = 1 + random.index(2);
            self.edge_jumps = random.index(6).saturating_sub(2);
        }
        self
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
        add(&|plan| plan.crashes = 0);
        add(&|plan| plan.clock_jumps = 0);
        add(&|plan| (plan.crowds, plan.edge_jumps) = (0, 0));
        add(&|plan| plan.crowds = plan.crowds.min(1));
        add(&|plan| plan.edge_jumps = 0);
        add(&|plan| plan.store = StoreFaults::default());
        add(&|plan| plan.store.before = 0);
        add(&|plan| plan.store.after = 0);
        add(&|plan| plan.lost_requests = 0);
        add(&|plan| plan.lost_replies = 0);
        add(&|plan| plan.doubled = 0);
        add(&|plan| plan.delayed = 0);
        add(&|plan| plan.engine = Engine::Object);
        add(&|plan| plan.shards_slip = plan.shards);
        add(&|plan| (plan.shards, plan.shards_later, plan.growers) = (1, 1, 0));
        add(&|plan| plan.growers = plan.growers.min(1));
        add(&|plan| (plan.shards_later, plan.growers) = (plan.shards, 0));
        add(&|plan| (plan.shards, plan.growers) = (plan.shards_later, 0));
        add(&|plan| {
            plan.shards = plan.shards.min(2);
            plan.shards_later = plan.shards_later.min(2);
            plan.growers = plan
                .growers
                .min(usize::from(plan.shards_later - plan.shards));
        });
        add(&|plan| plan.edges = 1);
        add(&|plan| plan.tickers = 1);
        add(&|plan| plan.shoppers = (plan.shoppers / 2).max(1));
        add(&|plan| plan.shoppers = (plan.shoppers - 1).max(1));
        add(&|plan| plan.orders_each = (plan.orders_each / 2).max(1));
        add(&|plan| plan.orders_each = (plan.orders_each - 1).max(1));
        add(&|plan| plan.staff = plan.staff.saturating_sub(1));
        add(&|plan| plan.deeds_each /= 2);
        add(&|plan| plan.deeds_each = plan.deeds_each.saturating_sub(1));
        add(&|plan| plan.skus = (plan.skus / 2).max(1));
        add(&|plan| plan.units = (plan.units / 2).max(1));
        add(&|plan| plan.crashes = plan.crashes.saturating_sub(1));
        add(&|plan| plan.clock_jumps = plan.clock_jumps.saturating_sub(1));
        plans
    }
}
