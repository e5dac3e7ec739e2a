//! The server: where it listens, and what every request passes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use engine::problem::{Language, Text};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer};

use crate::accounts::Accounts;
use crate::app::{App, Ran};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::jobs::Jobs;
use crate::visitor::language_of;
use crate::words::text;
use crate::workspace::Workspace;
use crate::{api, assets, pages};

/// The largest request that is not an upload of evidence.
const REQUEST_MAX: usize = 1024 * 1024;
/// A request that takes longer is given up; long work is done by jobs.
const REQUEST_TIME: Duration = Duration::from_secs(60);
/// Who connects must ask something within this.
const FIRST_TIME: Duration = Duration::from_secs(30);
/// How long requests may take to end when the server stops.
const STOP_TIME: Duration = Duration::from_secs(10);
/// After so long without a request a person signs in again.
pub(crate) const IDLE: CookieDuration = CookieDuration::minutes(30);

/// What is loaded from nowhere else, what runs no script of a page, and what no page frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How a folder is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder.
    pub folder: PathBuf,
    /// Where to listen.
    pub address: SocketAddr,
    /// The file of the accounts; without it one person works alone, on the loopback address only.
    pub accounts: Option<PathBuf>,
    /// The file of the log; needed with accounts.
    pub audit: Option<PathBuf>,
    /// With which the server speaks TLS itself.
    pub tls: Option<Tls>,
    /// Whether a proxy in front of the server speaks TLS to visitors.
    pub behind_proxy: bool,
    /// The language of those who have chosen none.
    pub language: Language,
}

/// A certificate with its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate, and those between it and one that visitors trust.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Why a folder is not served.
#[derive(Debug)]
pub enum Unserved {
    /// What was asked for would not be safe, or cannot be.
    Words(Text),
    /// A file or an address that cannot be used: which, and why.
    Io(String, io::Error),
}

/// Serves a folder until the program is told to stop. `ready` is called with the address once it
/// listens.
///
/// # Errors
/// A folder, a file or an address that cannot be used; what would not be safe.
pub fn serve(options: &Options, ready: impl FnOnce(SocketAddr)) -> Result<(), Unserved> {
    is_safe(options)?;
    let at = |path: &PathBuf| path.display().to_string();
    let workspace = Workspace::open(&options.folder)
        .map_err(|error| Unserved::Io(at(&options.folder), error))?;
    let own = [
        options.accounts.as_ref(),
        options.audit.as_ref(),
        options.tls.as_ref().map(|tls| &tls.key),
    ];
    let accounts = options
        .accounts
        .as_ref()
        .map(|path| Accounts::open(path).map_err(|error| Unserved::Io(at(path), error)));
    let accounts = accounts.transpose()?;
    if accounts.as_ref().is_some_and(|accounts| accounts.list().is_empty()) {
        return Err(Unserved::Words(text!(
            "there is no account yet: make one with `seika account add`",
            "利用者がまだいません。`seika account add` で作ってください"
        )));
    }
    let audit = options
        .audit
        .as_ref()
        .map(|path| Audit::open(path).map_err(|error| Unserved::Io(at(path), error)));
    let audit = audit.transpose()?;
    // They may lie in the folder, but they are nobody's to read.
    let workspace = own.into_iter().flatten().fold(workspace, |folder, file| folder.without(file));
    let app = App::new(workspace, accounts, audit, options.language, options.behind_proxy);
    let ahead = app.clone();
    std::thread::spawn(move || pages::read_ahead(&ahead));
    let address = options.address.to_string();
    let failed = |error| Unserved::Io(address.clone(), error);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = std::net::TcpListener::bind(options.address).map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let secure = options.behind_proxy || options.tls.is_some();
        let service =
            router(app.clone(), secure).into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        tokio::spawn(stopped(handle.clone(), Arc::clone(&app.jobs)));
        match &options.tls {
            None => {
                let server = axum_server::from_tcp(listener).map_err(failed)?.handle(handle);
                ready(local);
                server.first_request_timeout(FIRST_TIME).serve(service).await.map_err(failed)
            }
            Some(Tls { certificate, key }) => {
                let config = RustlsConfig::from_pem_file(certificate, key).await;
                let files = || format!("{}, {}", certificate.display(), key.display());
                let config = config.map_err(|error| Unserved::Io(files(), error))?;
                let server = axum_server::from_tcp_rustls(listener, config).map_err(failed)?;
                ready(local);
                server
                    .handle(handle)
                    .first_request_timeout(FIRST_TIME)
                    .serve(service)
                    .await
                    .map_err(failed)
            }
        }
    })
}

/// Stops runs, lets requests end, and listens no more, once that is asked for.
async fn stopped(handle: Handle<SocketAddr>, jobs: Arc<Jobs<Ran>>) {
    stop_asked().await;
    jobs.close();
    handle.graceful_shutdown(Some(STOP_TIME));
}

/// Whoever reaches a server without accounts may do everything, and passwords must not travel in
/// the open.
fn is_safe(options: &Options) -> Result<(), Unserved> {
    if options.address.ip().is_loopback() {
        return Ok(());
    }
    let address = options.address;
    if options.accounts.is_none() {
        return Err(Unserved::Words(text!(
            "{address} can be reached by others, and without accounts anybody could do everything: give --accounts, or listen on 127.0.0.1",
            "{address} はほかの人からも届きます。利用者を定めないと誰でもすべての操作ができるため、--accounts を指定するか 127.0.0.1 で待ち受けてください"
        )));
    }
    if !options.behind_proxy && options.tls.is_none() {
        return Err(Unserved::Words(text!(
            "passwords must not travel in the open: give --certificate and --key, or let a proxy speak TLS in front of this server and say so with --behind-proxy, or listen on 127.0.0.1",
            "パスワードを暗号化せずに送らせないため、--certificate と --key を指定するか、TLS を受け持つプロキシの後ろに置いて --behind-proxy を指定するか、127.0.0.1 で待ち受けてください"
        )));
    }
    Ok(())
}

async fn stop_asked() {
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        let kind = tokio::signal::unix::SignalKind::terminate();
        if let Ok(mut terminated) = tokio::signal::unix::signal(kind) {
            tokio::select! {
                () = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await;
}

/// Every route, within the layers.
pub(crate) fn router(app: App, secure: bool) -> Router {
    let header = |name, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    // With TLS, cookies are for TLS alone.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name("seika")
        .with_secure(secure)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(IDLE));
    Router::new()
        .merge(pages::routes())
        .nest(api::AT, api::routes())
        .route("/assets/{name}", get(assets::asset))
        .fallback(async || Failure::not_found())
        .layer(DefaultBodyLimit::max(REQUEST_MAX))
        .layer(CsrfLayer::new())
        .layer(sessions)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
        .layer(from_fn_with_state(app.clone(), asked_here))
        .layer(from_fn_with_state(app.clone(), told))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(REFERRER_POLICY, "same-origin"))
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(app)
}

impl IntoResponse for Failure {
    /// What went wrong, to be told by [`told`] in the visitor's language.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Where one person works alone, whoever reaches the server may do everything: it answers only to
/// the names of this machine, or a site could give its own name this machine's address and act as
/// that person.
async fn asked_here(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(request.uri().authority().map(|authority| authority.as_str()));
    if app.accounts.is_some() || app.behind_proxy || host.is_some_and(is_this_machine) {
        return next.run(request).await;
    }
    let words = text!(
        "this server is for this machine alone: open it as localhost or 127.0.0.1",
        "このサーバーはこのコンピューター専用です。localhost または 127.0.0.1 で開いてください"
    );
    Failure::new(StatusCode::FORBIDDEN, words).into_response()
}

/// Whether a host, with or without a port, is a name of this machine that nobody else can give.
fn is_this_machine(host: &str) -> bool {
    let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, after)) if port(after) => name,
        _ => host,
    };
    let address = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse().map(IpAddr::V6),
        None => name.parse().map(IpAddr::V4),
    };
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Tells failures: as JSON under `/api`, else on a page; a page that needs a known visitor leads to
/// where one signs in.
async fn told(State(app): State<App>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let language = language_of(request.uri().query(), request.headers(), app.language);
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let is_get = request.method() == axum::http::Method::GET;
    let mut response = next.run(request).await;
    let failure = response.extensions().get::<Arc<Failure>>().cloned();
    let status = response.status();
    if api && (failure.is_some() || status.is_client_error() || status.is_server_error()) {
        let failure = failure.unwrap_or_else(|| Arc::new(Failure::of_status(status)));
        // What the headers say stays: which methods there are, who is signed in.
        let told = Json(failure.to_json(language)).into_response();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().extend(told.headers().clone());
        *response.body_mut() = told.into_body();
        return response;
    }
    let refused = status.is_client_error() || status.is_server_error();
    // What a layer refuses is told on a page too; parts of pages tell it themselves.
    let is_page = response
        .headers()
        .get(axum::http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let failure = match failure {
        Some(failure) => failure,
        None if refused && !is_page => Arc::new(Failure::of_status(status)),
        None => return response,
    };
    if failure.status == StatusCode::UNAUTHORIZED {
        let to = if is_get {
            format!("/sign-in?to={}", pages::encoded(&path))
        } else {
            "/sign-in".into()
        };
        let mut response = StatusCode::SEE_OTHER.into_response();
        if let Ok(to) = HeaderValue::from_str(&to) {
            response.headers_mut().insert(LOCATION, to);
        }
        return response;
    }
    let body = pages::failure_page(&failure, language, app.accounts.is_none(), &path);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = failure.status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(axum::http::header::CONTENT_TYPE, kind);
    response
}
