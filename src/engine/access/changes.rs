//! Tells at once that somebody's access has changed, so that what goes on longer than a request looks whether it may go on.

use tokio::sync::watch;

/// Of this process; what another one changes is found out within seconds. Clones tell each other.
#[derive(Clone, Default)]
pub struct AccessChanges(watch::Sender<()>);

impl AccessChanges {
    /// Call whenever a session, a role or a token has changed or ended.
    pub fn tell(&self) {
        self.0.send_replace(());
    }

    pub fn listen(&self) -> Listener {
        Listener { changed: self.0.subscribe(), _sender: self.0.clone() }
    }
}

/// Hears of anyone's access: that changes seldom, and each listener knows best whether it was its own.
pub struct Listener {
    changed: watch::Receiver<()>,
    /// So that it never closes.
    _sender: watch::Sender<()>,
}

impl Listener {
    pub async fn changed(&mut self) {
        let _ = self.changed.changed().await;
    }
}
