use std::time::Duration;

use crate::client::{Server, program, shipped};

const PEOPLE: [(&str, &str); 2] = [("vendor", "provider"), ("city", "payer")];

/// However far an approval was when the server was killed, afterwards it either stands, or has not
/// happened and can be repeated; the page says which.
#[test]
fn a_server_killed_during_an_approval_leaves_the_ledger_whole() {
    let mut server = Server::with("crash", &PEOPLE);
    {
        let (vendor, city) = (server.signed_in("vendor"), server.signed_in("city"));
        city.form("/ledgers", &[("name", "one")]);
        let draft = vendor.upload(
            "/settle/scripts/contracts/nsw-employment.rhai",
            &[("at", "1978-12-31")],
            &[("nsw.csv", &shipped("tests/data/nsw.csv"))],
        );
        let submit = format!("{}/submit", draft.location());
        assert_eq!(vendor.form(&submit, &[("ledger", "one.ledger")]).status, 303);
    }
    let submitted = std::fs::read(server.folder.join("one.ledger")).unwrap();
    let mut stood = 0;
    for at in 0..8_u64 {
        std::fs::write(server.folder.join("one.ledger"), &submitted).unwrap();
        for beside in ["one.ledger-wal", "one.ledger-shm", "one.ledger-journal"] {
            let _ = std::fs::remove_file(server.folder.join(beside));
        }
        server.restart();
        let city = server.signed_in("city");
        let pid = server.pid();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(at * 4));
            // What ends a process at once, whatever it does: the signal KILL.
            let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(killed.unwrap().success());
        });
        let told = city.form("/ledger/one.ledger", &[("act", "approve"), ("entry", "2")]).status;
        killer.join().unwrap();
        server.restart();
        let city = server.signed_in("city");
        let page = city.get("/ledger/one.ledger?entry=2&verify=yes");
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("computed again and agree"), "{}", page.text());
        let stands = page.text().contains("Approved by city");
        assert!(stands || told != 303, "what was told to be approved is approved");
        stood += u32::from(stands);
        if !stands {
            let again = city.form("/ledger/one.ledger", &[("act", "approve"), ("entry", "2")]);
            assert_eq!(again.status, 303, "{}", again.text());
        }
        let verified = program()
            .args(["ledger", "verify"])
            .arg(server.folder.join("one.ledger"))
            .output()
            .unwrap();
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    }
    assert!(stood < 8, "the first kill comes before the approval");
}
