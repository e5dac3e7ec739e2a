use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Server, first_line, program};
use seika_tests::Repository;

#[test]
fn the_server_speaks_tls_itself_and_cookies_are_for_tls_alone() {
    let server = Server::with("tls", &[("yamada", "payer")]);
    let tls = Repository::top().join("tests/data/tls");
    let certificate = tls.join("certificate.pem");
    let mut serve = program();
    serve.args(["serve", "--address", "0.0.0.0:0", "--lang", "en"]).arg(&server.folder);
    serve.arg("--accounts").arg(server.folder.join("accounts.json"));
    serve.arg("--certificate").arg(&certificate).arg("--key").arg(tls.join("key.pem"));
    let mut process = serve.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let said = first_line(&mut process);
    let port = said.split("https://0.0.0.0:").nth(1).and_then(|rest| rest.split('/').next());
    let port: u16 = port.unwrap_or_else(|| panic!("no address in {said:?}")).parse().unwrap();

    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_file(&certificate).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(("127.0.0.1", port)).unwrap());
    let body = "name=yamada&password=correct+horse+battery";
    let head = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie")).unwrap();
    assert!(cookie.contains("Secure"), "{cookie}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told() {
    let server = Server::with("no-tls", &[("yamada", "payer")]);
    let mut serve = program();
    serve.args(["serve", "--address", "127.0.0.1:0", "--lang", "en"]).arg(&server.folder);
    serve.args(["--certificate", "nowhere.pem", "--key", "nowhere.key"]);
    let output = serve.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nowhere.pem"), "{said}");
}
