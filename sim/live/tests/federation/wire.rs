//! What is between two ends, and what can happen to it.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// Something between two ends that passes on what they say, until it cuts all connections at once; new ones may come at any time. It can
/// also hold back all that is said, and pass it on later.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    cut: watch::Sender<u32>,
    held: watch::Sender<bool>,
}

/// What wires run on.
pub(crate) fn wires_run() -> Runtime {
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build();
    runtime.expect("a runtime")
}

impl Wire {
    pub(crate) fn to(end: SocketAddr, runtime: &Runtime) -> Self {
        let ((cut, cuts), (held, holds)) = (watch::channel(0), watch::channel(false));
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = runtime.block_on(TcpListener::bind(here)).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (mut cuts, holds) = (cuts.clone(), holds.clone());
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(end).await else {
                        return;
                    };
                    tokio::select! {
                        _ = pass_both(near, far, holds) => {}
                        Ok(()) = cuts.changed() => {}
                    }
                });
            }
        });
        Self { address, cut, held }
    }

    pub(crate) fn cut(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Holds back what is said from now on, or passes on all that was.
    pub(crate) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }
}

async fn pass_both(
    near: TcpStream,
    far: TcpStream,
    holds: watch::Receiver<bool>,
) -> io::Result<()> {
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    let there = pass(from_near, to_far, holds.clone());
    let back = pass(from_far, to_near, holds);
    tokio::try_join!(there, back).map(drop)
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut holds: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 14];
    loop {
        let length = from.read(&mut bytes).await?;
        if holds.wait_for(|held| !*held).await.is_err() {
            return Ok(());
        }
        match bytes.get(..length) {
            None | Some([]) => return to.shutdown().await,
            Some(said) => to.write_all(said).await?,
        }
    }
}
