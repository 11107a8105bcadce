//! Waiting rooms: what a step keeps, and what edges have sent.

use super::shop::{Fixture, Shop};
use crate::{KeepRoom, OperationsStore, ROOM_BATCHES_MAX, ROOM_BATCHES_TAKEN, Stored, StoredRoom};

fn keep(session: u32, kept: &[u8], taken: i64) -> KeepRoom {
    KeepRoom {
        session,
        kept: kept.to_vec(),
        taken,
    }
}

fn bodies(room: &StoredRoom) -> Vec<&str> {
    room.batches.iter().map(|(_, body)| body.as_str()).collect()
}

pub(super) fn a_room_begins_empty_and_is_read_back<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.room(7), StoredRoom::default());
    let every_byte: Vec<u8> = (0..=255).collect();
    shop.keep(keep(7, &every_byte, 0));
    assert_eq!(shop.room(7).kept, every_byte);
    shop.keep(keep(7, b"next", 0));
    assert_eq!(shop.room(7).kept, b"next");
    // The largest number of a session.
    shop.keep(keep(u32::MAX, b"last", 0));
    assert_eq!(shop.room(u32::MAX).kept, b"last");
}

pub(super) fn a_step_takes_what_it_has_read_and_nothing_else<F: Fixture>(shop: &Shop<F>) {
    assert!(shop.add_batch(7, "one") && shop.add_batch(8, "other") && shop.add_batch(7, "two"));
    let read = shop.room(7);
    assert_eq!(bodies(&read), ["one", "two"]);
    // It arrives between the reading and the writing of a step.
    assert!(shop.add_batch(7, "three"));
    let (last, _) = read.batches[1];
    shop.keep(keep(7, b"", last));
    assert_eq!(bodies(&shop.room(7)), ["three"]);
    assert_eq!(bodies(&shop.room(8)), ["other"]);
    let (third, _) = shop.room(7).batches[0];
    shop.keep(keep(7, b"", third));
    // A number is not used again.
    assert!(shop.add_batch(7, "four"));
    assert!(shop.room(7).batches[0].0 > third);
}

pub(super) fn a_step_that_lost_keeps_no_room<F: Fixture>(shop: &Shop<F>) {
    shop.add_batch(7, "one");
    let Stored { version, state } = shop.read();
    shop.change(1, "another instance was quicker");
    let store = shop.fixture.open();
    let rooms = [keep(7, b"late", i64::MAX)];
    let late = shop
        .fixture
        .block_on(store.replace(version, &state, &[], &rooms, None));
    assert_eq!(late, Ok(false));
    let room = shop.room(7);
    assert_eq!(
        (room.kept.as_slice(), bodies(&room)),
        (&b""[..], vec!["one"])
    );
}

pub(super) fn batches_beyond_the_bound_are_refused<F: Fixture>(shop: &Shop<F>) {
    let max = i64::try_from(ROOM_BATCHES_MAX).expect("a number of batches");
    let fill = format!(
        "INSERT INTO operations_room_batch (session, body)
        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {max})
        SELECT 7, i FROM n"
    );
    shop.fixture.run(&fill).expect("valid SQL");
    assert!(shop.add_batch(7, "last"));
    assert!(!shop.add_batch(7, "too many"));
    assert!(shop.add_batch(8, "of another session"));
    assert_eq!(shop.room(7).batches.len() as u64, ROOM_BATCHES_TAKEN);
}

pub(super) fn rooms_of_other_sessions_are_forgotten<F: Fixture>(shop: &Shop<F>) {
    for session in [7, 8] {
        shop.keep(keep(session, b"kept", 0));
        shop.add_batch(session, "one");
    }
    shop.keep_rooms_of(&[8]);
    assert_eq!(shop.room(7), StoredRoom::default());
    let room = shop.room(8);
    assert_eq!(
        (room.kept.as_slice(), bodies(&room)),
        (&b"kept"[..], vec!["one"])
    );
    shop.keep_rooms_of(&[]);
    assert_eq!(shop.room(8), StoredRoom::default());
}
