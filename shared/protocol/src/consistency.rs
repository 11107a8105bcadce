//! What a reader may see too late, and by how much: one class for each kind of data.
//!
//! Invariant: every kind of data has exactly one class, and no code keeps data longer than its
//! class says. The caches of the edge take their numbers from here. Tests go through [`Data::ALL`],
//! cut every connection between a reader and the owner, and hold all of them to their bounds; the
//! table in `ARCHITECTURE.md` has these rows. The display may be stale; the trade may not.
//!
//! Not here: the code that enforces a class.

/// A kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// Products, shown prices, listings, addresses that moved.
    Catalogue,
    /// Whether a variant can be had, as the shelves show it.
    Badge,
    /// The level of the shop, what is switched off, and whose turn it is in a sale.
    Pulse,
    /// That a SKU is sold out, as edges refuse orders for it by themselves.
    SoldOutHold,
    /// Stock, orders, payments, the prices that count, which version is published.
    Trade,
    /// Worklists and reports of the back office.
    OrderIndex,
    /// What is recommended beside products, as orders teach it.
    Insights,
    /// How often shoppers searched for what.
    SearchCounts,
    /// Which staff tokens there are, and what they allow.
    StaffTokens,
    /// What a shopper has put into the cart.
    Cart,
}

/// How data may differ from what its owner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Never: while the owner cannot be asked there is no answer.
    Strict,
    /// It is still shown while its owner does not answer. Once the owner answers again, a reader
    /// sees its state after so many milliseconds, besides the latency of the connection.
    Eventual {
        /// Milliseconds.
        ms: i64,
    },
    /// It is exact for as long as it is honoured, which is so many milliseconds from when its owner
    /// said it, even if the connection between them fails.
    Honoured {
        /// Milliseconds.
        ms: i64,
    },
    /// It may be lost on its way to its owner, and no reader or writer waits for it. What is not lost
    /// leaves after so many milliseconds.
    Lossy {
        /// Milliseconds.
        ms: i64,
    },
    /// The shopper's browser sends it with each request: there is no copy that could be late.
    Carried,
}

impl Data {
    /// Every kind.
    pub const ALL: [Data; 10] = [
        Data::Catalogue,
        Data::Badge,
        Data::Pulse,
        Data::SoldOutHold,
        Data::Trade,
        Data::OrderIndex,
        Data::Insights,
        Data::SearchCounts,
        Data::StaffTokens,
        Data::Cart,
    ];

    /// What it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Data::Catalogue => "products, shown prices, listings",
            Data::Badge => "availability badge",
            Data::Pulse => "level, switches, turns in a sale",
            Data::SoldOutHold => "sold-out hold",
            Data::Trade => "stock, orders, payments, prices that count, publications",
            Data::OrderIndex => "worklists, reports",
            Data::Insights => "recommendations",
            Data::SearchCounts => "counts of searches",
            Data::StaffTokens => "staff tokens",
            Data::Cart => "cart",
        }
    }

    /// Who decides what it is.
    pub fn owner(self) -> &'static str {
        match self {
            Data::Catalogue => "staff publish a version",
            Data::Badge => "origin projects an availability snapshot",
            Data::Pulse => "staff and ushers set them in the store `operations`",
            Data::SoldOutHold => "the SKU's origin",
            Data::Trade => "origin",
            Data::OrderIndex => "the back office's order index",
            Data::Insights => "the back office builds what orders teach",
            Data::SearchCounts => "each instance of the storefront, until it sends them",
            Data::StaffTokens => "the back office's own store",
            Data::Cart => "the shopper's signed cookie",
        }
    }

    /// How it may differ from that.
    pub const fn class(self) -> Class {
        match self {
            Data::Catalogue | Data::Badge => Class::Eventual { ms: 2_000 },
            Data::Pulse => Class::Eventual { ms: 5_000 },
            Data::SoldOutHold => Class::Honoured { ms: 6_000 },
            Data::StaffTokens => Class::Honoured { ms: 5_000 },
            Data::Trade => Class::Strict,
            Data::OrderIndex => Class::Eventual { ms: 60_000 },
            Data::Insights => Class::Eventual { ms: 3_600_000 },
            Data::SearchCounts => Class::Lossy { ms: 10_000 },
            Data::Cart => Class::Carried,
        }
    }
}

impl Class {
    /// What it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Class::Strict => "strict serialisable",
            Class::Eventual { .. } => "eventual",
            Class::Honoured { .. } => "exact while it is honoured",
            Class::Lossy { .. } => "lossy",
            Class::Carried => "the shopper's own",
        }
    }

    /// The bound in milliseconds; 0 where nothing may be late.
    pub const fn bound_ms(self) -> i64 {
        match self {
            Class::Eventual { ms } | Class::Honoured { ms } | Class::Lossy { ms } => ms,
            Class::Strict | Class::Carried => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_architecture_has_these_rows() {
        let text = include_str!("../../../ARCHITECTURE.md");
        let table = text.split("## Consistency").nth(1).unwrap();
        let table = table.split("\n## ").next().unwrap();
        let rows: Vec<_> = table
            .lines()
            .filter(|line| line.starts_with("| "))
            .collect();
        assert_eq!(
            rows.len(),
            1 + Data::ALL.len(),
            "a heading and a row for each"
        );
        for (data, row) in Data::ALL.into_iter().zip(&rows[1..]) {
            let class = data.class();
            let begins = format!("| {} | {} | {} |", data.name(), data.owner(), class.name());
            assert!(row.starts_with(&begins), "{row}\nis not\n{begins}");
            let seconds = format!("{} s", class.bound_ms() / 1_000);
            let has_bound = class.bound_ms() == 0 || row.contains(&seconds);
            assert!(has_bound, "{row}\ndoes not say {seconds}");
        }
    }
}
