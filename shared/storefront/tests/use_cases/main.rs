//! The edge as its clients see it: the real use cases over a platform in memory, without a network.

// The platform in memory has the origin inside of the edge's own future, which no platform has.
#![recursion_limit = "256"]

mod support;

mod about;
mod addresses;
mod broken_versions;
mod browsing;
mod budgets;
mod changes;
mod checkout;
mod consistency;
mod content;
mod cors;
mod feeds;
mod filtered_pages;
mod filters;
mod following;
mod formats;
mod fuzz;
mod headers;
mod help_tallies;
mod learnt;
mod limits;
mod markets;
mod metrics_access;
mod nonsense;
mod options;
mod order_tokens;
mod orders;
mod origin_report;
mod paging;
mod paying;
mod pickup;
mod popular;
mod prices;
mod privacy;
mod public_address;
mod quotas;
mod quotes;
mod recommendations;
mod redirects;
mod related_types;
mod releases;
mod response_cache;
mod room;
mod sales;
mod samples;
mod search;
mod search_tallies;
mod sold_out_holds;
mod staff_access;
mod staff_ladder;
mod staff_plan;
mod staff_releases;
mod staff_sales;
mod staff_switches;
mod switches;
mod tiers;
mod unmatched_payments;
mod versions;
mod way_back;
mod withdrawn;
