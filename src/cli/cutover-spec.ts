import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const CUTOVER: CommandSpec = {
  name: 'cutover',
  operands: 'ROUTE --from SELECTOR --to SELECTOR | status|pause|resume|promote|abort|history [ROUTE]',
  meaning: 'replace one part of a route by another, step by step, judged',
  details: `Gives SELECTOR (app:GUID, process:ID, tag:NAME=VALUE, instance:ID, addr:IP[:PORT], rest) of --to the requests of
that of --from, a share after the other, on all routers that share the bus, and takes them back where it does
worse. It goes on in the routers when this command is interrupted; "cellgate cutover status" finds it.

  cellgate split hold shop.example.com
  cf map-route green example.com --hostname shop
  cellgate cutover shop.example.com --from app:$(cf app blue --guid) --to app:$(cf app green --guid)
  cf unmap-route blue example.com --hostname shop

"pause" keeps the shares as they are, "resume" goes on, "promote" gives everything at once, "abort" goes back.
Ends with 0 when it is done, 2 when it went back or did not begin since its probe failed, 3 when it is held,
1 when it was refused or no router answers, 64 when the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--from'], value: 'SELECTOR', meaning: 'what is replaced' },
    { names: ['--to'], value: 'SELECTOR', meaning: 'what replaces it' },
    { names: ['--plan'], value: 'PERCENT,...', meaning: 'the shares (default 1,5,25,50,100)' },
    {
      names: ['--step-time'],
      value: 'DURATION',
      meaning: 'a share is good for so long before the next (default 60s)',
    },
    { names: ['--window'], value: 'DURATION', meaning: 'between two looks of the judge (default 15s)' },
    { names: ['--min-requests'], value: 'N', meaning: 'of each part, for a verdict (default 50)' },
    {
      names: ['--probe-path'],
      value: 'PATH',
      meaning: 'what the new part is asked before it gets a request (default /)',
    },
    {
      names: ['--quiet-timeout'],
      value: 'DURATION',
      meaning: 'without enough requests for a verdict (default 5m)',
    },
    { names: ['--on-quiet'], value: 'hold|promote|revert', meaning: 'what to do then (default hold)' },
    { names: ['--soak'], value: 'DURATION', meaning: 'at 100 %, with the way back open (default 60s)' },
    { names: ['--expect-routers'], value: 'N', meaning: 'refuse to begin with more or fewer' },
    {
      names: ['--max-load-factor'],
      value: 'N',
      meaning: 'how many times its share of the endpoints the new part may get (default 2)',
    },
    { names: ['--json'], value: null, meaning: 'print JSON, a line for each event' },
    HELP_OPTION,
  ],
};
