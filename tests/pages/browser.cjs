// tests/pages/browser.cjs PAGE... - each page in Debian's Chromium, as a reader has it: with its
// own content security policy, by file URL.  Prints "ok - NAME" or "not ok - NAME: WHY".
// Asked for in two colour schemes, at a phone's width and in print:
//   axe-core finds nothing; the page itself does not scroll sideways, and every table that is
//   wider than the page can be reached and scrolled by keyboard; the first Tab is the skip link,
//   and it shows; links lead to places that are there; no request but for the page; no script
//   runs; colours follow the scheme; a PDF can be made.
// CHROMIUM=PROGRAM; SHOTS=DIR keeps pictures of what it saw.
const fs = require('fs'), path = require('path'), url = require('url');
const puppeteer = require('puppeteer-core'), axe = require('axe-core');
const shots = process.env.SHOTS;

let page, name;
const say = (what, why) => console.log(why ? `not ok - ${name}: ${what}: ${why}` : `ok - ${name}: ${what}`);

async function width(pixels, scheme) {
    await page.setViewport({ width: pixels, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
}

// axe is put in by the debugger, which no policy of the page's keeps out
async function audit(where) {
    await page.evaluate(axe.source);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
    const list = r => r.map(v => `${v.id} (${v.nodes.length}: ${v.nodes[0].target}: ${v.nodes[0].failureSummary.split('\n')[1] || ''})`).join('; ');
    say(`axe-core, ${where}: ${result.passes.length} rules pass`, list(result.violations) || (result.passes.length < 20 ? 'hardly any rule applied' : ''));
    // what a region clips and one letter alone are not measured; their colours are, in longer texts
    const undecided = result.incomplete.filter(v => v.id === 'color-contrast').map(v => Object.assign(v, { nodes: v.nodes.filter(n =>
        !n.any.some(c => c.data && ['elmPartiallyObscured', 'shortTextContent'].includes(c.data.messageKey))) })).filter(v => v.nodes.length);
    if (!/pixels/.test(where)) say(`contrast was measured, ${where}`, list(undecided));
}

// a page of hostile texts is too long for one
async function picture(of) {
    if (shots) await page.screenshot({ path: path.join(shots, `${name}-${of}.png`), fullPage: true }).catch(() => {});
}

async function overflow(where) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    say(`no sideways scrolling, ${where}`, wide > 0 ? `${wide} pixels too wide` : '');
    const stuck = await page.evaluate(() => [...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 &&
        ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex !== 0).map(e => e.outerHTML.slice(0, 80)));
    say(`what scrolls can have the focus, ${where}`, stuck.join(' '));
    const out = await page.evaluate(() => [...document.querySelectorAll('table')].filter(t => {
        const box = t.closest('section');
        return !box || !document.getElementById(box.getAttribute('aria-labelledby'));
    }).map(t => t.outerHTML.slice(0, 80)));
    say(`every table is in a region with a name, ${where}`, out.join(' '));
}

async function keyboard() {
    const stops = await page.evaluate(() => document.querySelectorAll('a[href], [tabindex="0"]').length);
    await page.keyboard.press('Tab');
    const first = await page.evaluate(() => {
        const e = document.activeElement, box = e.getBoundingClientRect();
        return { href: e.getAttribute('href'), seen: box.top >= 0 && box.height > 0, outline: getComputedStyle(e).outlineStyle };
    });
    say('the first Tab shows a skip link', first.href && first.href.startsWith('#') && first.seen && first.outline !== 'none' ? '' : JSON.stringify(first));
    await page.keyboard.press('Enter');
    const at = await page.evaluate(() => [location.hash, Math.abs(document.querySelector(':target').getBoundingClientRect().top)]);
    say('and it leads there', at[0] === first.href && at[1] < 40 ? '' : at.join(' '));
    await page.evaluate(() => document.querySelector('.skip').focus());
    const seen = new Set(['0']);
    await page.evaluate(() => { document.activeElement.dataset.tab = '0'; });
    for (let i = 0; i < 2000; i++) {
        await page.keyboard.press('Tab');
        const here = await page.evaluate(() => {
            const e = document.activeElement;
            if (e === document.body) return null;
            e.dataset.tab = e.dataset.tab || String(document.querySelectorAll('[data-tab]').length);
            return [e.dataset.tab, getComputedStyle(e).outlineStyle !== 'none'];
        });
        if (!here || seen.has(here[0])) break;
        if (!here[1]) { say('the focus is seen everywhere', `not at stop ${seen.size}`); return; }
        seen.add(here[0]);
    }
    say('Tab reaches every link and region, and its place is seen', seen.size !== stops ? `${seen.size} of ${stops}` : '');
}

async function look(file, requests) {
    await width(1280, 'light');
    await page.goto(url.pathToFileURL(file).href);
    const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const facts = await page.evaluate(() => ({
        scripts: document.querySelectorAll('script, iframe, object, embed, img, link, form, input, base').length,
        handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length,
        astray: [...document.querySelectorAll('[href], [src]')].map(e => e.getAttribute('href') || e.getAttribute('src'))
            .filter(h => !h.startsWith('#') || !document.getElementById(h.slice(1))),
        twice: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i),
    }));
    say('nothing that runs or loads', facts.scripts + facts.handlers ? JSON.stringify(facts) : '');
    say('links stay in the page, and lead somewhere', facts.astray.join(' '));
    say('an id stands once', facts.twice.join(' '));
    for (const scheme of ['light', 'dark']) {
        await width(1280, scheme);
        await audit(scheme);
        await overflow(`1280 pixels, ${scheme}`);
        await picture(scheme);
    }
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    say('dark is another paper than light', light === dark ? light : '');
    await width(360, 'light');
    await audit('360 pixels');
    await overflow('360 pixels');
    await picture('phone');
    await width(1280, 'dark');
    await page.emulateMediaType('print');
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    say('print is on white', paper === 'rgb(255, 255, 255)' ? '' : paper);
    await page.setViewport({ width: 690, height: 900 }); // A4 between its margins
    await overflow('A4');
    const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true });
    say('a PDF is made', Buffer.from(pdf).subarray(0, 5).toString() === '%PDF-' && pdf.length > 20000 ? '' : `${pdf.length} bytes`);
    if (shots) fs.writeFileSync(path.join(shots, `${name}.pdf`), pdf);
    await page.emulateMediaType(null);
    await page.goto('about:blank');
    await width(1280, 'light');
    await page.goto(url.pathToFileURL(file).href);
    await keyboard();
    const others = requests.filter(r => r !== url.pathToFileURL(file).href && r !== 'about:blank');
    say('no request but for the page', others.join(' ') || (requests.length ? '' : 'none was counted'));
}

(async () => {
    const browser = await puppeteer.launch({
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND'],
    });
    for (const file of process.argv.slice(2)) {
        const requests = [], said = [];
        name = path.basename(file, '.html');
        page = await browser.newPage();
        page.on('request', r => requests.push(r.url()));
        page.on('console', m => said.push(m.text()));
        page.on('dialog', d => { said.push('dialog: ' + d.message()); d.dismiss(); });
        page.on('pageerror', e => said.push(String(e)));
        await look(path.resolve(file), requests);
        say('the browser complains of nothing', said.join(' '));
        await page.close();
    }
    await browser.close();
})().catch(e => { console.log(`not ok - browser: ${String(e).split('\n')[0]}`); process.exit(1); });
