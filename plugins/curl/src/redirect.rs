//! Redirects: where a response leads, what stays of a request on the way, and which protocols may be spoken there.

use crate::failure::{Failure, Result};
use crate::http::Head;
use crate::transfer::{Context, Job};
use crate::url::Url;

/// Where a response leads, if anywhere.
pub(crate) fn location(head: &Head) -> Option<&str> {
    head.get("Location").filter(|value| !value.is_empty())
}

pub(crate) fn is_redirect(status: u16) -> bool {
    (300..400).contains(&status) && status != 304
}

/// What is spoken where a redirect leads, unless it is asked for.
const REDIRECTED: [&str; 4] = ["http", "https", "ftp", "ftps"];

/// Makes the next request of a redirect.
pub(crate) fn follow(context: &Context<'_>, job: &mut Job, next: Url, status: u16) {
    let op = context.op;
    context
        .trace
        .text(format_args!("Issue another request to this URL: '{next}'"));
    let posts =
        !job.without_body && job.upload.is_none() && (op.data.is_some() || !op.form.is_empty());
    let to_get = match status {
        301 => posts && !op.post301,
        302 => posts && !op.post302,
        303 => !job.without_body && (posts && !op.post303 || job.upload.is_some()),
        _ => false,
    };
    if to_get && !op.head {
        let from = if job.upload.is_some() { "PUT" } else { "POST" };
        context
            .trace
            .text(format_args!("Switch from {from} to GET"));
        job.without_body = true;
        job.upload = None;
        job.plain_method |= op.follow_by_rule;
    } else if op.follow_by_rule && op.custom_method.is_some() && status == 303 {
        job.plain_method = true;
    }
    if op.auto_referer {
        job.referer = Some(job.url.bare());
    }
    context.progress.note(|times, now| {
        times.redirects = now;
        times.first_byte = std::time::Duration::ZERO;
    });
    context.progress.down.set(0);
    context.progress.up.set(0);
    job.picks_basic &= op.trusted;
    let elsewhere = !next.host.eq_ignore_ascii_case(&job.url.host) || next.port() != job.url.port();
    job.ten &= !elsewhere;
    job.asks_nobody = false;
    if elsewhere {
        job.digest = None;
    }
    job.url = next;
    if let Some(user) = &job.url.user {
        job.login = Some((user.clone(), job.url.password.clone().unwrap_or_default()));
    } else if op.user.is_none() && elsewhere {
        // What a URL says is for its own server.
        job.login = None;
    }
    if elsewhere {
        job.own_login = false;
    }
    if op.user.is_none()
        && elsewhere
        && let Ok(Some(login)) = crate::netrc::login(context.session, op, &job.url)
    {
        job.login = Some(login);
        job.own_login = true;
    }
}

/// Whether a protocol may be spoken.
pub(crate) fn check_protocol(context: &Context<'_>, job: &Job, redirected: bool) -> Result<()> {
    let scheme = job.url.scheme.as_str();
    let spoken = crate::cli::protocols::SPOKEN.contains(&scheme);
    let listed = |list: &Option<Vec<String>>, default: bool| match list {
        Some(list) => list.iter().any(|own| own == scheme),
        None => default,
    };
    let allowed = listed(&context.op.protocols, true)
        && (!redirected || listed(&context.op.redirect_protocols, REDIRECTED.contains(&scheme)));
    if spoken && allowed {
        return Ok(());
    }
    let followed = if redirected { " in redirect" } else { "" };
    let text = format!("Protocol \"{scheme}\" not supported or disabled in libcurl{followed}");
    context.trace.text(&text);
    Err(Failure::new(1, text))
}
