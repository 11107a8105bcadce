//! Memory for uploads: an instance reads so many bytes at a time, and further uploads wait.

use std::cell::Cell;

use souk_ports::Clock;
use souk_protocol::limits::UPLOADS_BYTES_MAX;

/// How often a waiting upload looks for room, in milliseconds.
const LOOK_MS: u32 = 50;
/// An upload waits this long; its client may send it again.
const WAIT_MS_MAX: u32 = 10_000;

/// The memory for uploads of an instance.
#[derive(Debug, Default)]
pub(crate) struct Room {
    taken_bytes: Cell<usize>,
}

/// Memory that an upload has.
#[derive(Debug)]
pub struct Seat<'a> {
    room: &'a Room,
    bytes: usize,
}

impl Room {
    /// Takes so many bytes; `None` when there was no room for too long.
    pub(crate) async fn enter<C: Clock>(&self, bytes: usize, clock: &C) -> Option<Seat<'_>> {
        let mut waited_ms = 0;
        while bytes > 0 && self.taken_bytes.get() + bytes > UPLOADS_BYTES_MAX {
            if waited_ms >= WAIT_MS_MAX {
                return None;
            }
            clock.pause_ms(LOOK_MS).await;
            waited_ms += LOOK_MS;
        }
        self.taken_bytes.set(self.taken_bytes.get() + bytes);
        Some(Seat { room: self, bytes })
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let taken = self.room.taken_bytes.get();
        self.room.taken_bytes.set(taken - self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A clock whose pauses are over at once.
    struct Quick;

    impl Clock for Quick {
        fn now_ms(&self) -> i64 {
            0
        }

        async fn pause_ms(&self, _ms: u32) {}
    }

    fn enter(room: &Room, bytes: usize) -> Option<Seat<'_>> {
        match pin!(room.enter(bytes, &Quick)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(seat) => seat,
            Poll::Pending => unreachable!("no pause takes time"),
        }
    }

    #[test]
    fn uploads_have_room_up_to_the_bound_and_give_it_back() {
        let room = Room::default();
        let first = enter(&room, UPLOADS_BYTES_MAX - 1).expect("room");
        let second = enter(&room, 1).expect("room for one byte more");
        assert!(enter(&room, 1).is_none());
        // What is small is not counted and never waits.
        assert!(enter(&room, 0).is_some());
        drop(second);
        assert!(enter(&room, 2).is_none());
        drop(first);
        assert!(enter(&room, UPLOADS_BYTES_MAX).is_some());
    }
}
