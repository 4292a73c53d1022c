//! Where the first shard listens, until all have gone.

use super::hall::{Hall, Says, Seat};
use super::words::{Hello, ToGuest, ToHost, hear, say};
use crate::error::LiveError;
use crate::monotonic;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use throng_record::shard::MOST_SHARDS;

/// Whoever says nothing for so long has gone: what is alive says so several times meanwhile.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// Between two times that somebody says that it is there.
pub(super) const ALIVE: Duration = Duration::from_secs(2);

/// Whoever takes nothing for so long has gone.
pub(super) const STUCK: Duration = Duration::from_secs(5);

/// Between two looks whether somebody comes.
const LOOK: Duration = Duration::from_millis(20);

/// When the first shard has ended, the others have so long to do so.
const END: Duration = Duration::from_secs(10);

/// Connections at a time: those of shards, and of some who are none.
const MOST_SEATS: usize = MOST_SHARDS as usize + 16;

enum Happens {
    Comes(TcpStream),
    Says(Seat, ToHost, u64),
    Goes(Seat),
}

/// Listens until it is dropped.
pub(super) struct Host {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Host {
    /// Listens there, and waits for the others as long as this.
    pub(super) fn listen(
        address: SocketAddr,
        ours: Hello,
        (patience, waited): (Duration, String),
    ) -> Result<Self, LiveError> {
        let refused = |source| LiveError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let at = listener.local_addr().map_err(refused)?;
        let over = Arc::<AtomicBool>::default();
        let mut load = [0; 8];
        let drawn = SystemRandom::new().fill(&mut load);
        drawn.map_err(|_| LiveError::Entropy)?;
        let (happens, heard) = mpsc::channel();
        let (to, ends) = (happens.clone(), Arc::clone(&over));
        let listens = thread::Builder::new().name("meeting".to_owned());
        let listens = listens.spawn(move || accept(&listener, &to, &ends));
        let listens = listens.map_err(LiveError::Threads)?;
        let mut room = Room {
            hall: Hall::new(ours, u64::from_le_bytes(load)),
            seats: BTreeMap::new(),
            next: 0,
            happens,
        };
        let ends = Arc::clone(&over);
        let hosts = thread::Builder::new().name("host".to_owned());
        let hosts = hosts.spawn(move || room.serve(&heard, &ends, (patience, &waited)));
        let threads = vec![listens, hosts.map_err(LiveError::Threads)?];
        Ok(Self {
            address: at,
            over,
            threads,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, happens: &Sender<Happens>, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        match listener.accept() {
            Ok((stream, _)) => {
                let _ = happens.send(Happens::Comes(stream));
            }
            Err(_) => thread::sleep(LOOK),
        }
    }
}

/// The connections of those who meet.
struct Room {
    hall: Hall,
    seats: BTreeMap<Seat, TcpStream>,
    next: Seat,
    happens: Sender<Happens>,
}

impl Room {
    fn serve(
        &mut self,
        heard: &Receiver<Happens>,
        over: &AtomicBool,
        (patience, waited): (Duration, &str),
    ) {
        let begun = Instant::now();
        let mut ends: Option<Instant> = None;
        let mut was_complete = false;
        let mut said = Instant::now();
        loop {
            match heard.recv_timeout(LOOK) {
                Ok(Happens::Comes(stream)) => self.admit(stream),
                Ok(Happens::Says(seat, what, at)) => {
                    let says = self.hall.hear(seat, what, at);
                    self.tell(says);
                }
                Ok(Happens::Goes(seat)) => self.lose(seat),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            was_complete |= self.hall.complete();
            if !was_complete && begun.elapsed() >= patience {
                was_complete = true;
                let says = self.hall.give_up(waited);
                self.tell(says);
            }
            if said.elapsed() >= ALIVE {
                said = Instant::now();
                let says = self.hall.alive();
                self.tell(says);
            }
            if over.load(Ordering::SeqCst) {
                let until = *ends.get_or_insert_with(|| Instant::now() + END);
                if self.hall.empty() || Instant::now() >= until {
                    return;
                }
            }
        }
    }

    fn admit(&mut self, stream: TcpStream) {
        let sound = stream.set_nonblocking(false).and_then(|()| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SILENCE))?;
            stream.set_write_timeout(Some(STUCK))?;
            stream.try_clone()
        });
        let Ok(hears) = sound else { return };
        if self.seats.len() >= MOST_SEATS {
            return;
        }
        self.next += 1;
        let (seat, happens) = (self.next, self.happens.clone());
        let reads = thread::Builder::new().name("guest".to_owned());
        let reads = reads.spawn(move || {
            let mut from = BufReader::new(hears);
            // Also where it says nothing that could be understood.
            while let Ok(Some(what)) = hear(&mut from) {
                if happens
                    .send(Happens::Says(seat, what, monotonic::now()))
                    .is_err()
                {
                    return;
                }
            }
            let _ = happens.send(Happens::Goes(seat));
        });
        if reads.is_ok() {
            self.seats.insert(seat, stream);
        }
    }

    fn lose(&mut self, seat: Seat) {
        if let Some(stream) = self.seats.remove(&seat) {
            // Whoever reads of it has an end, too.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        let says = self.hall.lose(seat);
        self.tell(says);
    }

    fn tell(&mut self, says: Says) {
        let mut lost = Vec::new();
        for (seat, what) in says {
            let told = match self.seats.get_mut(&seat) {
                Some(stream) => say(stream, &what),
                None => Err(io::ErrorKind::NotConnected.into()),
            };
            if told.is_err() || matches!(what, ToGuest::Refused(_)) {
                lost.push(seat);
            }
        }
        for seat in lost {
            self.lose(seat);
        }
    }
}
