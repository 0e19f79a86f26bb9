//! The first admin, without whom nobody could sign in and add the others.

use domain::Clock;
use serde_json::Value;
use store::PgPool;
use store::audit_log::{self, Entry};
use store::console_users::{self, Role, User};
use uuid::Uuid;

use super::Passwords;
use crate::{Config, StartError};

/// Their e-mail unless `DEFAULT_WEB_ADMIN_EMAIL` names another.
pub const FIRST_ADMIN: &str = "admin@admin.com";

/// Adds the first admin when there is no user yet. Of several replicas that start together, one does.
pub(crate) async fn ensure_first_admin(
    config: &Config,
    pool: &PgPool,
    clock: &dyn Clock,
    passwords: &Passwords,
) -> Result<(), StartError> {
    if console_users::any(&mut *pool.acquire().await?).await? {
        return Ok(());
    }
    let Some(password) = config.admin_password.clone() else {
        tracing::warn!("nobody can sign in to the console: set DEFAULT_WEB_ADMIN_PASSWORD and start again");
        return Ok(());
    };
    let hash = passwords.hash(password).await?;
    let now = clock.now();
    let mut tx = pool.begin().await?;
    console_users::lock_first(&mut tx).await?;
    if console_users::any(&mut tx).await? {
        return Ok(());
    }
    let admin = User {
        id: Uuid::now_v7(),
        email: config.admin_email.clone().unwrap_or_else(|| FIRST_ADMIN.to_owned()),
        name: "Admin".to_owned(),
        role: Role::Admin,
        slack_user_id: None,
    };
    console_users::insert(&mut tx, &admin, Some(&hash), now).await?;
    let entry = Entry {
        at: now,
        user_id: None,
        who: String::new(),
        action: "add_first_admin".to_owned(),
        target: admin.email.clone(),
        details: Value::Null,
        address: String::new(),
    };
    audit_log::append(&mut tx, &entry).await?;
    tx.commit().await?;
    tracing::info!(email = admin.email, "the first admin can sign in to the console");
    Ok(())
}
